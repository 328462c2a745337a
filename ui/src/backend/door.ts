/** One way to reach the device. Only this folder knows which one is in use. */
export interface Door {
  call(method: string, params: unknown): Promise<unknown>;
  /**
   * Hands every event to `heard`. After a gap in which events may have been lost, `missed` is called,
   * and what is on screen should be asked for again. Returns a function that stops listening.
   */
  listen(heard: (event: unknown) => void, missed: () => void): () => void;
}
