/** JSON that Postgres made, sent as it is. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Marks a string as finished JSON. */
export const json = (text: string): JsonText => new JsonText(text);
