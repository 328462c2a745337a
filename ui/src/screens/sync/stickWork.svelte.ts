import { call, onEvent } from '../../backend/backend';

export type StickWork = 'stick_write' | 'stick_verify' | 'stick_check' | 'stick_import';

const works: readonly string[] = ['stick_write', 'stick_verify', 'stick_check', 'stick_import'] satisfies StickWork[];

/** How far the export or import under way is, as the device tells it. Made while a component starts. */
export class StickProgress {
  now = $state.raw<{ work: StickWork; done: number; total: number | null }>();
  stopping = $state(false);

  constructor() {
    $effect(() =>
      onEvent((event) => {
        if (event.event === 'progress' && works.includes(event.work)) this.now = { work: event.work as StickWork, done: event.done, total: event.total };
      }),
    );
  }

  /** Forgets what was said of the work before. */
  begin(): void {
    this.now = undefined;
    this.stopping = false;
  }

  /** Asks the work to end; its own answer says that it has. */
  stop = async (): Promise<void> => {
    this.stopping = true;
    await call('sticks.stop', {});
  };
}
