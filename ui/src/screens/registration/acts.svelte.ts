import { call, type RegistrationView } from '../../backend/backend';
import { go } from '../../frame/router.svelte';
import { t } from '../../i18n';
import { Deed, type Asked } from '../../parts/asked.svelte';
import { say } from '../../parts/said.svelte';
import type { Editing } from './editing.svelte';

/** What can be done with a whole registration. Each act ends in an answer on screen or in `deed.problem`. */
export class Acts {
  readonly deed = new Deed();
  #asked: Asked<RegistrationView>;
  #editing: Editing;
  #registration: string;

  constructor(asked: Asked<RegistrationView>, editing: Editing, registration: string) {
    this.#asked = asked;
    this.#editing = editing;
    this.#registration = registration;
  }

  /** Saves what is typed first: what is submitted is what is on screen. */
  async submit(declared: string | null): Promise<boolean> {
    if (!(await this.#editing.saveAll())) return false;
    const done = await this.#take(() => call('registrations.submit', { registration: this.#registration, declared }), t('registration.submitted'));
    this.#editing.markMissing = this.deed.problem?.code === 'registration_incomplete';
    return done;
  }

  accept(): Promise<boolean> {
    return this.#take(() => this.#review('accepted', ''), t('registration.accepted'));
  }

  sendBack(reason: string, personalDataChecked: boolean): Promise<boolean> {
    return this.#take(() => this.#review('returned', reason, personalDataChecked), t('registration.sentBack'));
  }

  #review(decision: 'returned' | 'accepted', reason: string, personalDataChecked = false): Promise<RegistrationView> {
    const registration = this.#registration;
    return call('registrations.review', { registration, decision, reason, personal_data_checked: personalDataChecked });
  }

  async discard(name: string): Promise<void> {
    const registration = this.#registration;
    const done = await this.deed.run(async () => void (await call('registrations.discard', { registration, discarded: true })));
    if (!done) return;
    say(t('registration.discarded', { name }), () => {
      void this.deed.run(async () => {
        await call('registrations.discard', { registration, discarded: false });
        say(t('registration.restored', { name }));
        go(`/models/${registration}`);
      });
    });
    go('/models');
  }

  restore(): Promise<boolean> {
    return this.#take(() => call('registrations.discard', { registration: this.#registration, discarded: false }));
  }

  async carryOver(): Promise<void> {
    await this.deed.run(async () => {
      const next = await call('registrations.carry_over', { registration: this.#registration, cycle: null });
      say(t('registration.carriedOver'));
      go(`/models/${next.registration}`);
    });
  }

  async close(model: string, closed: boolean, reason: string, personalDataChecked = false): Promise<boolean> {
    const request = { model, closed, reason, personal_data_checked: personalDataChecked };
    const done = await this.deed.run(async () => void (await call('models.close', request)));
    if (!done) return false;
    say(closed ? t('registration.closed') : t('registration.reopened'));
    await this.#asked.again();
    return true;
  }

  async #take(work: () => Promise<RegistrationView>, said?: string): Promise<boolean> {
    const done = await this.deed.run(async () => this.#asked.take(await work()));
    if (done && said) say(said);
    return done;
  }
}
