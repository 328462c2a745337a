import type { Door } from './door';
import { Problem, doorProblem, problemFrom } from './problem';

/** `cotmoc serve`: same origin, the session is a cookie that came with the page. */
export const httpDoor: Door = {
  async call(method, params) {
    const text = JSON.stringify({ method, params });
    const response = await reach('/api/call', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
      // Typing handed over while the window closes still arrives; browsers allow it up to 64 KB.
      keepalive: text.length < 16_000,
    });
    return answerOf(response);
  },

  async upload(bytes) {
    const response = await reach('/api/upload', {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: bytes,
    });
    const answer = await answerOf(response);
    if (typeof answer === 'object' && answer !== null && 'upload' in answer && typeof answer.upload === 'string') return answer.upload;
    throw new Problem(doorProblem.unreadable, { status: response.status });
  },

  async media(blob) {
    const response = await reach(`/api/media/${encodeURIComponent(blob)}`, {});
    if (!response.ok) await answerOf(response);
    try {
      return await response.arrayBuffer();
    } catch {
      throw new Problem(doorProblem.closed);
    }
  },

  listen(heard, missed) {
    const source = new EventSource('/api/events');
    let interrupted = false;
    source.onmessage = (message: MessageEvent<string>) => {
      const event = parse(message.data);
      if (event === undefined) missed();
      else heard(event);
    };
    source.onerror = () => {
      interrupted = true;
    };
    source.onopen = () => {
      if (interrupted) missed();
      interrupted = false;
    };
    return () => source.close();
  },
};

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...init });
  } catch {
    throw new Problem(doorProblem.closed);
  }
}

/** What was answered, or the problem that was. */
async function answerOf(response: Response): Promise<unknown> {
  const body = await readJson(response);
  if (response.ok) {
    if (body === undefined) throw new Problem(doorProblem.unreadable, { status: response.status });
    return body;
  }
  if (body !== undefined && typeof body === 'object' && body !== null && 'code' in body) throw problemFrom(body);
  if (response.status === 401 || response.status === 403) throw new Problem(doorProblem.sessionEnded);
  throw new Problem(doorProblem.unreadable, { status: response.status });
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return parse(await response.text());
  } catch {
    // The connection ended in the middle of the answer.
    throw new Problem(doorProblem.closed);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
