import type { Attachment } from 'svelte/attachments';

interface HeldText {
  /** The value of the record, as last heard. Read inside an effect, so changes are followed. */
  incoming: () => string;
  /** Every keystroke, also in the middle of a composition: the draft must survive a power cut. */
  typed?: ((text: string) => void) | undefined;
  /** The field was left after typing. */
  left?: ((text: string) => void) | undefined;
  /** After the element's text changed from outside, so that its height can follow. */
  shown?: ((element: HTMLInputElement | HTMLTextAreaElement) => void) | undefined;
}

/**
 * Holds a text field so that incoming data never touches it under a person's hands. Vietnamese input methods
 * rewrite the letters before the caret; setting `value` while a word is being composed loses it. So the element
 * owns its text while it has focus or holds typing that was not handed on, and takes the record's value otherwise.
 */
export function heldText({ incoming, typed, left, shown }: HeldText): Attachment<HTMLInputElement | HTMLTextAreaElement> {
  return (element) => {
    let dirty = false;

    const take = (text: string): void => {
      if (element.value === text) return;
      element.value = text;
      shown?.(element);
    };
    const oninput = (): void => {
      dirty = true;
      shown?.(element);
      typed?.(element.value);
    };
    const onblur = (): void => {
      if (!dirty) return take(incoming());
      dirty = false;
      left?.(element.value);
    };

    $effect(() => {
      const text = incoming();
      if (document.activeElement !== element && !dirty) take(text);
    });
    element.addEventListener('input', oninput);
    element.addEventListener('blur', onblur);
    shown?.(element);
    return () => {
      element.removeEventListener('input', oninput);
      element.removeEventListener('blur', onblur);
    };
  };
}
