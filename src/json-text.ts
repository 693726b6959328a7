/** JSON that Postgres made, sent as it is. Its text may still be on the way: then it is there once `ready` has resolved. */
export class JsonText {
  #text: string | (() => Promise<string>);
  constructor(text: string | (() => Promise<string>)) {
    this.#text = text;
  }

  get text(): string {
    if (typeof this.#text !== 'string') throw new Error('await ready() first');
    return this.#text;
  }

  async ready(): Promise<this> {
    if (typeof this.#text !== 'string') this.#text = await this.#text();
    return this;
  }
}

/** Marks a string as finished JSON; a function gives it when it is asked, at the latest after the transaction. */
export const json = (text: string | (() => Promise<string>)): JsonText => new JsonText(text);
