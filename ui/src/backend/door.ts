/** One way to reach the device. Only this folder knows which one is in use. */
export interface Door {
  call(method: string, params: unknown): Promise<unknown>;
  /** Hands the bytes of a file over, outside of any call, and gives the word by which a call names them. */
  upload(bytes: ArrayBuffer): Promise<string>;
  /** The bytes of a photo or file by their name. */
  media(blob: string): Promise<ArrayBuffer>;
  /**
   * Hands every event to `heard`. After a gap in which events may have been lost, `missed` is called,
   * and what is on screen should be asked for again. Returns a function that stops listening.
   */
  listen(heard: (event: unknown) => void, missed: () => void): () => void;
}
