/** What asks for a factor. */
export { SecondFactorStep } from '../factors/second-factor-step';
export { StepUp } from '../factors/step-up';
