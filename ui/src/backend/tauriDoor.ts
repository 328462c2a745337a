import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Door } from './door';
import { problemFrom } from './problem';

/** The desktop and mobile app: one command for calls, two for bytes, one event. */
export const tauriDoor: Door = {
  async call(method, params) {
    try {
      return await invoke('call', { method, params });
    } catch (reason) {
      throw problemFrom(reason);
    }
  },

  async upload(bytes) {
    try {
      return await invoke<string>('upload', bytes);
    } catch (reason) {
      throw problemFrom(reason);
    }
  },

  async media(blob) {
    try {
      return await invoke<ArrayBuffer>('media', { blob });
    } catch (reason) {
      throw problemFrom(reason);
    }
  },

  listen(heard, missed) {
    let stopped = false;
    let stop: (() => void) | undefined;
    listen<unknown>('device-event', (event) => heard(event.payload)).then(
      (unlisten) => {
        if (stopped) unlisten();
        else stop = unlisten;
      },
      // Without events the screens still work; they only have to ask again.
      () => missed(),
    );
    return () => {
      stopped = true;
      stop?.();
    };
  },
};
