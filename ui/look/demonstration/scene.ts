import type { Methods, RoleName } from '../../src/backend/backend';

/** Which demonstration is on: who looks, and whether there is little, nothing, much, or a refusal. */
export interface Scene {
  role: RoleName | 'nobody';
  case: 'some' | 'empty' | 'many' | 'error';
}

/** Labelled demonstration answers of one area. */
export type Answers = { [M in keyof Methods]?: (params: Methods[M]['params']) => Methods[M]['answer'] };
