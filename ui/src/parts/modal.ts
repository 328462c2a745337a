import { untrack } from 'svelte';
import type { Attachment } from 'svelte/attachments';

/**
 * Shows a native `<dialog>` as modal for as long as it is in the page: the browser keeps focus inside, Escape asks
 * to close, and focus returns to where it was. Pressing the scrim closes only where nothing typed can be lost.
 * What is `toRead` begins at its heading: the browser would go to the first button, and scroll to it.
 */
export function modal(onclose: () => void, closeOnScrim: boolean, toRead: () => boolean = () => false): Attachment<HTMLDialogElement> {
  return (dialog) => {
    const before = document.activeElement;
    dialog.showModal();
    if (untrack(toRead)) dialog.querySelector('h2')?.focus();

    const oncancel = (event: Event): void => {
      event.preventDefault();
      onclose();
    };
    const onpress = (event: PointerEvent): void => {
      if (closeOnScrim && event.target === dialog) onclose();
    };
    dialog.addEventListener('cancel', oncancel);
    dialog.addEventListener('pointerdown', onpress);
    return () => {
      dialog.removeEventListener('cancel', oncancel);
      dialog.removeEventListener('pointerdown', onpress);
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  };
}
