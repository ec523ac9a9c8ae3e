import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import axe, { type AxeResults, type RunOptions } from 'axe-core';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export async function expectNoViolations(page: Page): Promise<void> {
  expectNone(await new AxeBuilder({ page }).withTags(RULES).analyze());
}

/** Of a mail, which is a part of some program's page and has no landmarks of its own. */
export async function expectNoViolationsInMail(page: Page): Promise<void> {
  const outside = ['landmark-one-main', 'region'];
  expectNone(await new AxeBuilder({ page }).withTags(RULES).disableRules(outside).analyze());
}

/** Of a page with a frame in which no script runs, axe's neither. */
export async function expectNoViolationsBesideFrames(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const options: RunOptions = { iframes: false, runOnly: RULES };
  const results = await page.evaluate(
    (chosen) => (window as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } }).axe.run(chosen),
    options,
  );
  expectNone(results);
}

function expectNone({ violations }: Pick<AxeResults, 'violations'>): void {
  const findings = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  expect(findings).toEqual([]);
}
