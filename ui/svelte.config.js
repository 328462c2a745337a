import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    runes: true,
    // Tables drawn as cards lose their roles in some browsers, so `Table` writes them out.
    warningFilter: (warning) => warning.code !== 'a11y_no_redundant_roles',
  },
};
