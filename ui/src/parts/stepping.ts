import { readDecimal } from '../i18n/reading';

export type Typed =
  | { kind: 'value'; value: number | null }
  | { kind: 'notANumber' }
  | { kind: 'outOfRange' }
  | { kind: 'offStep' };

/** Whether `value` lies on the grid of `step` that starts at `min`, within what decimals can say exactly. */
function onStep(value: number, min: number, step: number): boolean {
  const steps = (value - min) / step;
  return Math.abs(steps - Math.round(steps)) < 1e-6;
}

/** Judges what was typed into a stepper. A wrong value is said, never bent into the range. */
export function judge(text: string, min: number, max: number, step: number): Typed {
  const value = readDecimal(text);
  if (value === undefined) return { kind: 'notANumber' };
  if (value === null) return { kind: 'value', value };
  if (value < min || value > max) return { kind: 'outOfRange' };
  if (!onStep(value, min, step)) return { kind: 'offStep' };
  return { kind: 'value', value };
}

/** The next value up or down. From nothing, up starts at the lowest and down at the highest. */
export function stepped(value: number | null, direction: 1 | -1, min: number, max: number, step: number): number {
  if (value === null) return direction === 1 ? min : max;
  const next = value + direction * step;
  // Rounded to the step's own decimals so that 0.1 + 0.2 stays 0.3.
  const exact = Math.round(next * 1e6) / 1e6;
  return Math.min(max, Math.max(min, exact));
}
