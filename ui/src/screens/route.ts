import type { Component } from 'svelte';

/** What every screen is given: the parameters of its address. The questions behind `?` are `address().query`. */
export interface ScreenProps {
  params: Record<string, string>;
}

export interface Route {
  /** `/models/:id` */
  pattern: string;
  component: Component<ScreenProps>;
}

/** A screen takes `params` or nothing at all. */
export function route(pattern: string, component: Component<ScreenProps> | Component): Route {
  return { pattern, component: component as Component<ScreenProps> };
}
