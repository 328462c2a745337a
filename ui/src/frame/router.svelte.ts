/** An address inside the product: `#/models/0192…?status=returned`. */
export interface Address {
  path: string;
  query: Readonly<Record<string, string>>;
}

export function parseAddress(hash: string): Address {
  const text = hash.replace(/^#/, '');
  const [path = '', query = ''] = text.split('?', 2);
  return { path: path.startsWith('/') ? path : `/${path}`, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** The `href` of an address; parameters that are empty or undefined are left out. */
export function href(path: string, query: Record<string, string | undefined> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const text = new URLSearchParams(given).toString();
  return text ? `#${path}?${text}` : `#${path}`;
}

/** Matches `/models/:id` against a path; the parameters, or undefined when it is another screen's address. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const piece = given[index] ?? '';
    if (part.startsWith(':')) {
      const value = decoded(piece);
      if (!value) return undefined;
      params[part.slice(1)] = value;
    } else if (part !== piece) {
      return undefined;
    }
  }
  return params;
}

function decoded(piece: string): string | undefined {
  try {
    return decodeURIComponent(piece);
  } catch {
    return undefined;
  }
}

const state = $state<{ address: Address }>({ address: parseAddress(location.hash) });

/** Where the window is now. */
export function address(): Address {
  return state.address;
}

/** Goes to another screen, one step in the browser's history. */
export function go(path: string, query: Record<string, string | undefined> = {}): void {
  going = 'forward';
  location.hash = href(path, query);
}

/** Changes the address without a new step: filters, an open row. Focus and scroll stay. */
export function amend(path: string, query: Record<string, string | undefined> = {}): void {
  history.replaceState(history.state, '', href(path, query));
  state.address = parseAddress(location.hash);
}

// How far each visited address was scrolled; a list must be found again where it was left.
const scrolled = new Map<string, number>();
let here = location.hash;
// A step that no link and no `go` began is the browser's own: back or forward through history.
let going: 'forward' | 'through' = 'through';

/**
 * Follows the address bar. `changed` is called after a change of path, with the height to return to: 0 for a screen
 * opened anew, the old one for a screen that was gone back to. Returns a function that stops following.
 */
export function follow(changed: (scrollTo: number) => void): () => void {
  const forward = (event: MouseEvent): void => {
    if (event.target instanceof Element && event.target.closest('a[href^="#/"]')) going = 'forward';
  };
  const onhash = (): void => {
    scrolled.set(here, lastHeight);
    const before = state.address.path;
    here = location.hash;
    state.address = parseAddress(here);
    const height = going === 'through' ? (scrolled.get(here) ?? 0) : 0;
    going = 'through';
    if (state.address.path !== before) changed(height);
  };
  let lastHeight = window.scrollY;
  const onscroll = (): void => {
    if (location.hash === here) lastHeight = window.scrollY;
  };
  history.scrollRestoration = 'manual';
  document.addEventListener('click', forward, true);
  window.addEventListener('hashchange', onhash);
  window.addEventListener('scroll', onscroll, { passive: true });
  return () => {
    document.removeEventListener('click', forward, true);
    window.removeEventListener('hashchange', onhash);
    window.removeEventListener('scroll', onscroll);
  };
}
