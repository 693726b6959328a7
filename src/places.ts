/** Where in a request a part of a list's question stands, for the pointer of a refusal. */
export interface Place {
  /** `query/sort`, or `/sort` in a body. */
  of(name: string): string;
  /** `query/filter[amount][gte]`, or `/filter/amount/gte`. */
  filter(path: readonly string[]): string;
}

export const inQuery: Place = {
  of: (name) => `query/${name}`,
  filter: (path) => `query/filter${path.map((step) => `[${step}]`).join('')}`,
};

export const inBody: Place = {
  of: (name) => `/${name}`,
  filter: (path) => `/filter${path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')}`,
};
