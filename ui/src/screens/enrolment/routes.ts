import type { Route } from '../route';

export const routes: readonly Route[] = [];
