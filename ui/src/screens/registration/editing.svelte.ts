import {
  call,
  Problem,
  type RegistrationValues,
  type RegistrationView,
  type Suspicion,
  type UnfinishedTyping,
} from '../../backend/backend';
import type { Asked } from '../../parts/asked.svelte';
import { FigureEdits } from './figureEdits.svelte';
import { groups, type GroupKey, type Property } from './groups';

const keepAfter = 600;
const checkAfter = 600;

type Mark = 'draft' | 'saving' | 'saved' | undefined;

/**
 * One registration under a person's hands: what is typed, what is kept of it within a second, what is saved when a
 * group is left, and what the device had to say.
 */
export class Editing {
  #asked: Asked<RegistrationView>;
  #registration: string;
  #typed = $state<Record<string, string>>({});
  #keepTimer: ReturnType<typeof setTimeout> | undefined;
  #checkTimers = new Map<string, ReturnType<typeof setTimeout>>();
  #keeping: Promise<void> = Promise.resolve();
  #saving: Promise<unknown> = Promise.resolve();
  #decided = $state(false);

  readonly figures: FigureEdits;
  marks = $state<Partial<Record<GroupKey, Mark>>>({});
  problems = $state<Partial<Record<GroupKey, Problem>>>({});
  /** What may be personal data, by property. */
  suspicions = $state<Record<string, readonly Suspicion[]>>({});
  /** Someone wanted to submit: what is missing is marked from then on. */
  markMissing = $state(false);

  /** The same, once a save has made the device forget it: it must outlive what is typed beside it. */
  #left: UnfinishedTyping | undefined;
  #hasSaved = false;

  constructor(asked: Asked<RegistrationView>, registration: string) {
    this.#asked = asked;
    this.#registration = registration;
    this.figures = new FigureEdits(
      () => asked.answer?.figures ?? [],
      () => this.#touched('figures'),
    );
  }

  #saved(property: Property): string {
    return this.#asked.answer?.values[property] ?? '';
  }

  /** What a field shows: typing first, then what is saved. */
  value(property: Property): string {
    return this.#typed[property] ?? this.#saved(property);
  }

  /** Typing from before a crash or a change of screen, until a person has said what to do with it. */
  get unfinished(): UnfinishedTyping | undefined {
    return this.#decided ? undefined : (this.#left ?? this.#asked.answer?.unfinished ?? undefined);
  }

  type(property: Property, text: string, group: GroupKey): void {
    this.#put(property, text);
    this.#touched(group);
    this.#checkSoon(property);
  }

  #put(property: Property, text: string): void {
    if (text === this.#saved(property)) delete this.#typed[property];
    else this.#typed[property] = text;
  }

  #touched(group: GroupKey): void {
    const waiting = this.dirty(group);
    if (this.marks[group] !== 'saving') this.marks[group] = waiting ? 'draft' : undefined;
    if (!waiting) delete this.problems[group];
    clearTimeout(this.#keepTimer);
    this.#keepTimer = setTimeout(() => void this.keep(), keepAfter);
  }

  dirty(group: GroupKey): boolean {
    if (group === 'figures') return this.figures.dirty;
    return propertiesOf(group).some((property) => property in this.#typed);
  }

  /** Hands unsaved typing to the device now: it outlives a power cut and a closed window. */
  keep(): Promise<void> {
    clearTimeout(this.#keepTimer);
    this.#keepTimer = undefined;
    const contents = { ...this.unfinished?.contents, ...$state.snapshot(this.#typed), ...this.figures.contents() };
    // One after the other: an older text must never arrive after a newer one.
    this.#keeping = this.#keeping.then(() => this.#keep(contents));
    return this.#keeping;
  }

  async #keep(contents: Record<string, string>): Promise<void> {
    try {
      await call('typing.keep', { record: this.#registration, contents });
    } catch (reason) {
      // Saving the group will meet the same obstacle and say it.
      if (!(reason instanceof Problem)) throw reason;
    }
  }

  /** Keeps what waits to be kept, because the window may be gone in a moment. */
  keepNow = (): void => {
    if (this.#keepTimer !== undefined) void this.keep();
  };

  /** Puts unfinished typing back into its fields and saves it. */
  async restore(): Promise<void> {
    const contents = this.unfinished?.contents ?? {};
    this.#decided = true;
    for (const group of groups) {
      for (const property of group.properties) {
        const text = contents[property];
        if (text !== undefined) this.#put(property, text);
      }
    }
    this.figures.restore(contents);
    await this.saveAll();
  }

  /** Lets unfinished typing go. */
  async letGo(): Promise<void> {
    this.#decided = true;
    await this.keep();
  }

  /** Saves every group with unsaved typing. True when nothing is left unsaved. */
  async saveAll(): Promise<boolean> {
    let all = true;
    for (const group of [...groups.map((one) => one.key), 'figures'] as const) all = (await this.save(group)) && all;
    return all;
  }

  /** Saves a group that was left, after those that are being saved. True when nothing of it is left unsaved. */
  save(group: GroupKey, personalDataChecked = false): Promise<boolean> {
    const turn = this.#saving.then(() => this.#save(group, personalDataChecked));
    this.#saving = turn;
    return turn;
  }

  async #save(group: GroupKey, personalDataChecked: boolean): Promise<boolean> {
    if (!this.dirty(group)) return true;
    const properties = group === 'figures' ? [] : propertiesOf(group).filter((property) => property in this.#typed);
    const sent = Object.fromEntries(properties.map((property) => [property, this.#typed[property]]));
    const figures = group === 'figures' ? this.figures.snapshot() : {};
    const values: RegistrationValues = group === 'figures' ? { figures: this.figures.toSave() } : (sent as RegistrationValues);
    this.marks[group] = 'saving';
    try {
      const view = await call('registrations.save', {
        registration: this.#registration,
        values,
        personal_data_checked: personalDataChecked,
      });
      for (const property of properties) if (this.#typed[property] === sent[property]) delete this.#typed[property];
      this.figures.took(figures);
      if (!this.#hasSaved) this.#left = this.#asked.answer?.unfinished ?? undefined;
      this.#hasSaved = true;
      this.#asked.take(view);
      delete this.problems[group];
      this.marks[group] = this.dirty(group) ? 'draft' : 'saved';
      await this.keep();
      return !this.dirty(group);
    } catch (reason) {
      if (!(reason instanceof Problem)) throw reason;
      this.problems[group] = reason;
      this.marks[group] = 'draft';
      return false;
    }
  }

  /** Looks for personal data in a text; a field that was left is looked at without waiting. */
  #checkSoon(property: Property): void {
    clearTimeout(this.#checkTimers.get(property));
    this.#checkTimers.set(
      property,
      setTimeout(() => void this.check(property), checkAfter),
    );
  }

  async check(property: Property): Promise<void> {
    clearTimeout(this.#checkTimers.get(property));
    const text = this.value(property);
    if (!(property in this.#typed)) {
      delete this.suspicions[property];
      return;
    }
    try {
      const { suspicions } = await call('text.check', { text });
      if (this.value(property) === text) this.suspicions[property] = suspicions;
    } catch (reason) {
      if (!(reason instanceof Problem)) throw reason;
    }
  }
}

function propertiesOf(group: GroupKey): readonly Property[] {
  return groups.find((one) => one.key === group)?.properties ?? [];
}
