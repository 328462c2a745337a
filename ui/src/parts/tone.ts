/** How loud a state is. Being offline is `quiet`; only what needs a person is `attention` or `problem`. */
export type Tone = 'quiet' | 'good' | 'info' | 'waiting' | 'attention' | 'problem';
