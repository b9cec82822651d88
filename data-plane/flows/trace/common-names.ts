const suffix = / (?:city|county|state|time|[a-z]{2})$/;
let known: ReadonlySet<string> | undefined;

/** Whether a name is one of a country, a language, a currency or a large city: those stand in everybody's texts. */
export function isCommonName(name: string): boolean {
  known ??= new Set(names());
  const plain = name.trim().toLowerCase();
  return known.has(plain) || (suffix.test(plain) && known.has(plain.replace(suffix, "")));
}

function* names(): Generator<string> {
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    yield plainForm((zone.split("/").at(-1) ?? "").replaceAll("_", " "));
  }
  const regions = new Intl.DisplayNames("en", { type: "region" });
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (const first of letters) {
    for (const second of letters) yield plainForm(regions.of(first + second) ?? "");
  }
  const currencies = new Intl.DisplayNames("en", { type: "currency" });
  for (const currency of Intl.supportedValuesOf("currency")) {
    yield plainForm(currencies.of(currency) ?? "");
  }
  yield* ["san francisco", "washington dc", "las vegas", "san diego", "new delhi", "cape town"];
}

function plainForm(name: string): string {
  return name
    .normalize("NFKD")
    .replaceAll(/[^\p{L}\s]/gu, "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .toLowerCase();
}
