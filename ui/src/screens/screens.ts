import type { Component } from 'svelte';
import { matchPath } from '../frame/router.svelte';
import { routes as campaigns } from './campaigns/routes';
import { routes as devices } from './devices/routes';
import { routes as differences } from './differences/routes';
import { routes as enrolment } from './enrolment/routes';
import { routes as home } from './home/routes';
import { routes as models } from './models/routes';
import { routes as reference } from './reference/routes';
import { routes as registration } from './registration/routes';
import type { Route, ScreenProps } from './route';
import { routes as scores } from './scores/routes';
import { routes as search } from './search/routes';
import { routes as settings } from './settings/routes';
import { routes as sync } from './sync/routes';
import { routes as totals } from './totals/routes';
import { routes as visits } from './visits/routes';

/** Every screen of the product; within an area the most particular address comes first. */
export const screens: readonly Route[] = [
  ...home,
  ...enrolment,
  ...models,
  ...registration,
  ...search,
  ...differences,
  ...reference,
  ...visits,
  ...scores,
  ...totals,
  ...sync,
  ...campaigns,
  ...devices,
  ...settings,
];

export function screenAt(path: string): { component: Component<ScreenProps>; params: Record<string, string> } | undefined {
  for (const screen of screens) {
    const params = matchPath(screen.pattern, path);
    if (params) return { component: screen.component, params };
  }
  return undefined;
}
