import type { Door } from './door';
import type { DeviceEvent, Methods } from './generated';
import { httpDoor } from './httpDoor';
import { tauriDoor } from './tauriDoor';

export { Problem, doorProblem } from './problem';
export type { ProblemParams, ProblemSaid } from './problem';
export type * from './generated';

/** The folder's own choice; `window.__TAURI_INTERNALS__` exists only inside the app's webview. */
const door: Door = '__TAURI_INTERNALS__' in window ? tauriDoor : httpDoor;

/** Asks the device. Throws `Problem`, never anything else. */
export async function call<M extends keyof Methods>(
  method: M,
  params: Methods[M]['params'],
): Promise<Methods[M]['answer']> {
  return (await door.call(method, params)) as Methods[M]['answer'];
}

/** Hands a file over for the use case that is asked to use it. Throws `Problem`, never anything else. */
export const upload = (bytes: ArrayBuffer): Promise<string> => door.upload(bytes);

/** The bytes of a photo or file on this device. Throws `Problem`, never anything else. */
export const media = (blob: string): Promise<ArrayBuffer> => door.media(blob);

interface Listener {
  heard: (event: DeviceEvent) => void;
  missed: () => void;
}
const listeners = new Set<Listener>();
let hush: (() => void) | undefined;

const manyChanged: DeviceEvent = { event: 'changed', records: [], foreign: true };

/**
 * Listens to the device. After a gap in which events may have been lost `missed` is called; without one the listener
 * hears that many records changed. Returns a function that stops listening.
 */
export function onEvent(heard: Listener['heard'], missed: Listener['missed'] = () => heard(manyChanged)): () => void {
  const listener = { heard, missed };
  listeners.add(listener);
  // One connection for the whole window: browsers allow six to a server, and every screen listens.
  hush ??= door.listen(
    (event) => all((one) => one.heard(event as DeviceEvent)),
    () => all((one) => one.missed()),
  );
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    hush?.();
    hush = undefined;
  };
}

function all(tell: (listener: Listener) => void): void {
  for (const listener of [...listeners]) tell(listener);
}
