import { onEvent, Problem } from '../backend/backend';

interface AskedOptions<Answer> {
  /** What another device changed matters only if this says so; the whole answer is compared otherwise. */
  alike?: (before: Answer, after: Answer) => boolean;
  /**
   * What of a newer answer is shown at once when an exchange has ended: where records are held, which no reader loses
   * a place over. Everything else of `after` stays back.
   */
  follow?: (shown: Answer, after: Answer) => Answer;
}

const sameContent = (before: unknown, after: unknown): boolean => JSON.stringify(before) === JSON.stringify(after);

/**
 * One question to the device and its answer, as a screen holds them. Made while a component starts; it asks at once,
 * and again when the values its question reads change. What arrives from another device is kept back until the
 * reader asks to see it, so nothing moves under a finger.
 */
export class Asked<Answer> {
  answer = $state.raw<Answer>();
  problem = $state.raw<Problem>();
  /** Another device's changes are here, not yet shown. */
  news = $state(false);

  #question: () => Promise<Answer>;
  #alike: (before: Answer, after: Answer) => boolean;
  #follow: ((shown: Answer, after: Answer) => Answer) | undefined;
  #turn = 0;
  #keptBack: Answer | undefined;

  constructor(question: () => Promise<Answer>, { alike = sameContent, follow }: AskedOptions<Answer> = {}) {
    this.#question = question;
    this.#alike = alike;
    this.#follow = follow;
    $effect(() => {
      void this.again();
    });
    $effect(() =>
      onEvent((event) => {
        if (event.event === 'changed' && event.foreign) void this.#look();
        else if (event.event === 'exchange' && event.state.state === 'idle') void this.#followOn();
      }),
    );
  }

  /** Asks and shows. An older answer that comes late never replaces a newer one. */
  again = async (): Promise<void> => {
    const turn = ++this.#turn;
    try {
      const answer = await this.#question();
      if (turn === this.#turn) this.take(answer);
    } catch (reason) {
      if (!(reason instanceof Problem)) throw reason;
      if (turn === this.#turn) this.problem = reason;
    }
  };

  /** Shows an answer that came with a save. */
  take(answer: Answer): void {
    this.#turn += 1;
    this.#keptBack = undefined;
    this.answer = answer;
    this.problem = undefined;
    this.news = false;
  }

  /** Shows what was kept back. */
  show = (): void => {
    if (this.#keptBack !== undefined) this.take(this.#keptBack);
  };

  async #followOn(): Promise<void> {
    const turn = this.#turn;
    if (!this.#follow || this.answer === undefined) return;
    try {
      const answer = await this.#question();
      if (turn === this.#turn) this.answer = this.#follow(this.answer, answer);
    } catch {
      // What is shown stays; the next press on anything will say what is wrong.
    }
  }

  async #look(): Promise<void> {
    const turn = this.#turn;
    if (this.answer === undefined) return this.again();
    try {
      const answer = await this.#question();
      if (turn !== this.#turn || this.answer === undefined || this.#alike(this.answer, answer)) return;
      this.#keptBack = answer;
      this.news = true;
    } catch {
      // What is shown stays; the next press on anything will say what is wrong.
    }
  }
}

/** Something done by pressing a button: under way, and refused or not. */
export class Deed {
  busy = $state(false);
  problem = $state.raw<Problem>();

  /** Runs `work` unless it is running. True when it was done; a refusal is kept in `problem`. */
  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = undefined;
    try {
      await work();
      return true;
    } catch (reason) {
      if (!(reason instanceof Problem)) throw reason;
      this.problem = reason;
      return false;
    } finally {
      this.busy = false;
    }
  }
}
