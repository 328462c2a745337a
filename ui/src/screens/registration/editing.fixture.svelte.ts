import { call, type RegistrationView } from '../../backend/backend';
import { Asked } from '../../parts/asked.svelte';
import { Editing } from './editing.svelte';

/** A registration opened outside a component, as a test needs it. */
export function edited(registration: string): { asked: Asked<RegistrationView>; editing: Editing; end: () => void } {
  let opened: { asked: Asked<RegistrationView>; editing: Editing } | undefined;
  const end = $effect.root(() => {
    const asked = new Asked(() => call('registrations.get', { registration }));
    opened = { asked, editing: new Editing(asked, registration) };
  });
  if (!opened) throw new Error('the root runs at once');
  return { ...opened, end };
}
