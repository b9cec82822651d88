/** Letters of both cases without a break: names in camel case too, which decode to nothing that can be read. */
const mayBeEncoded = /^(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])[A-Za-z0-9+/]{10,4096}={0,2}$/;
const readable = /^[\t\n\r -~]{6,}$/;

/** Classes that turn a serialised object into a program: wherever in an encoded object they stand, a piece may begin before them. */
const gadget =
  /processbuilder|(?:clone|invoker|instantiate|constant|chained)transformer|(?:for|while)closure|prototype(?:clone|serialization)factory|instantiatefactory|java[./]lang[./]runtime/i;

/** The shortest of these names, in base64: ten letters. */
const shortestGadget = 14;

/** What an id says in base64, where that is text; of a piece of an encoded object, the name of the gadget. */
export function decodedId(value: string): string | undefined {
  if (!mayBeEncoded.test(value)) return undefined;
  const whole = Buffer.from(value, "base64").toString("latin1");
  if (readable.test(whole)) return whole;
  if (value.length < shortestGadget) return undefined;
  for (const missing of ["", "A", "AA", "AAA"]) {
    const name = gadget.exec(Buffer.from(missing + value, "base64").toString("latin1"));
    if (name) return `java.${name[0]}`;
  }
  return undefined;
}
