/** One page of a list as an upstream gave it. */
export interface ListedPage {
  readonly via: "json" | "stream";
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON-RPC message, as it came. */
  readonly text: string;
  /** Milliseconds since the epoch. Nobody is told a longer time than the upstream gave. */
  readonly freshUntil: number;
  /** When this proxy asks again, however long the upstream's word is good for. */
  readonly forgetAt: number;
  /** What was known of changes when the upstream was asked. */
  readonly edition: string;
}

export interface ListBounds {
  readonly maxPages: number;
  /** Of all pages together, in UTF-16 code units. */
  readonly maxLength: number;
  readonly maxPageLength: number;
}

const usualBounds: ListBounds = {
  maxPages: 2_000,
  maxLength: 32 * 1024 * 1024,
  maxPageLength: 4 * 1024 * 1024,
};

/** Remembers pages of lists within bounds. The one that was not asked for longest goes first. */
export class ListMemory {
  readonly #pages = new Map<string, ListedPage>();
  readonly #bounds: ListBounds;
  #length = 0;

  constructor(bounds: ListBounds = usualBounds) {
    this.#bounds = bounds;
  }

  /** The page under a key, if it is still fresh and of this edition. */
  get(key: string, edition: string, now: number): ListedPage | undefined {
    const page = this.#pages.get(key);
    if (!page) return undefined;
    this.#remove(key);
    if (page.edition !== edition || now >= Math.min(page.freshUntil, page.forgetAt)) {
      return undefined;
    }
    this.#add(key, page);
    return page;
  }

  set(key: string, page: ListedPage): void {
    this.#remove(key);
    if (page.text.length > this.#bounds.maxPageLength) return;
    this.#add(key, page);
    for (const oldest of this.#pages.keys()) {
      const isWithin =
        this.#pages.size <= this.#bounds.maxPages && this.#length <= this.#bounds.maxLength;
      if (isWithin) return;
      this.#remove(oldest);
    }
  }

  clear(): void {
    this.#pages.clear();
    this.#length = 0;
  }

  #add(key: string, page: ListedPage): void {
    this.#pages.set(key, page);
    this.#length += page.text.length;
  }

  #remove(key: string): void {
    const page = this.#pages.get(key);
    if (!page) return;
    this.#pages.delete(key);
    this.#length -= page.text.length;
  }
}
