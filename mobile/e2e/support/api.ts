/** An app that calls the service without the client: what a test needs before and after the screens. */
import { PASSWORD } from './password';

type Body = Record<string, unknown>;
type Answer = { status: number; body: Body };

export class Api {
  private readonly url: string;
  private token = '';

  constructor(url: string) {
    this.url = url;
  }

  async ask(method: string, path: string, body?: Body): Promise<Answer> {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        'X-Client-Type': 'native',
        ...(body && { 'Content-Type': 'application/json' }),
        ...(this.token && { Authorization: `Bearer ${this.token}` }),
      },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, body: text ? (JSON.parse(text) as Body) : {} };
  }

  /** What must succeed. */
  async must(method: string, path: string, body?: Body): Promise<Body> {
    const answer = await this.ask(method, path, body);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  signIn(email: string, password = PASSWORD): Promise<this> {
    return this.enter('/auth/login', { email, password });
  }

  /** Signs in with what the answer hands out. */
  async enter(path: string, body: Body): Promise<this> {
    this.token = (await this.must('POST', path, body)).access_token as string;
    return this;
  }
}
