import type { Answers } from './scene';

export const campaigns = (): Answers => ({});
