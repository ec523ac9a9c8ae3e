import { createStepUp } from './step-up';

test('requests that ask at once share one answer', async () => {
  const stepUp = createStepUp();
  const heard: (readonly string[] | null)[] = [];
  stepUp.subscribe(() => heard.push(stepUp.asked()));
  const answers = [stepUp.ask(['totp']), stepUp.ask(['password'])];
  expect(stepUp.asked()).toEqual(['totp']);
  stepUp.settle(true);
  expect(await Promise.all(answers)).toEqual([true, true]);
  expect(heard).toEqual([['totp'], null]);
});

test('whoever would rather not is asked again the next time', async () => {
  const stepUp = createStepUp();
  const answer = stepUp.ask(['password']);
  stepUp.settle(false);
  expect(await answer).toBe(false);
  stepUp.settle(true);
  const next = stepUp.ask(['password']);
  stepUp.settle(true);
  expect(await next).toBe(true);
});
