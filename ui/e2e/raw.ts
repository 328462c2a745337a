// Requests with any header: what a browser or `fetch` would not let through must still be refused.
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';

export interface Said {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Asks once, follows nothing. */
export function ask(url: string, given: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {}): Promise<Said> {
  const headers = Object.fromEntries(Object.entries(given.headers ?? {}).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: given.method ?? 'GET', headers, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts).toString() }));
      answer.once('error', reject);
    });
    asked.once('error', reject);
    asked.end(given.body);
  });
}
