import type { PayloadRule } from "./payload-rule.ts";

/** A file or page of somebody else, where a server takes one of its own into what it runs: remote and local inclusion. */
export const inclusionRules: readonly PayloadRule[] = [
  {
    id: "inclusion",
    patterns: [
      // Wrappers, which only programs read through.
      /^\s{0,4}(?:php|phar|expect|zip|zlib|compress\.(?:zlib|bzip2|lzma|zstd)|glob|ogg|rar|ssh2(?:\.\w{2,8})?|netdoc|local_file|view-source|classpath\*?):\/\//i,
      /^\s{0,4}(?:php|phar|expect|zip|zlib|rar|glob|jar|view-source|netdoc|compress\.\w{2,8}):(?:https?|ftps?|file|expect|php|data|\/[\w.]|[\w./-]{1,200}(?:#|%23))/i,
      /^\s{0,4}data:(?:[;,]|(?:text\/(?:x-)?php|application\/(?:x-)?(?:httpd-)?php)\b)|^\s{0,4}file:\/{1,3}[\w.~%:/-]{1,400}$/i,
      // An address that cuts off what the server adds: an empty query, an end of text.
      /^\s{0,4}(?:https?|ftps?):[/\\]{1,3}[^\s?#]{3,400}(?:\?{1,3}\s{0,4}$|%(?:25){0,2}00|\0)/i,
      // What is run there, and by what it is told what to do.
      /^\s{0,4}(?:https?|ftps?):\/\/[^\s?#]{1,300}\/(?:c99|r57|b374k|wso\d{0,4}|(?:web|php-?|reverse-?|rev)?_?shell|cmd|backdoor|rce)\w{0,8}\.(?:txt|gif|jpe?g|png|inc|dat|log|bak|ph\w{1,4}|aspx?|jspx?)\b/i,
      /^\s{0,4}(?:https?|ftps?):\/\/\S{1,300}[?&](?:cmd|exec|command|shell)=/i,
      /^\s{0,4}(?:https?|ftps?):\/\/\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\/[^\s?#]{0,300}\.(?:txt|inc|gif|jpe?g|png|dat|ph\w{1,4}|aspx?|jspx?|cgi|p[ly]|sh)(?:[?#]|$)/i,
      /^\s{0,4}ftps?:\/\/[^\s?#]{1,300}\.(?:ph\w{1,4}|inc|aspx?|jspx?|cgi|p[ly]|sh|txt|exe|dll)(?:[?#]|$)/i,
      // Written so that a filter does not see the scheme.
      /^\s{0,4}ht{0,2}https?:\/\/t{0,2}ps?:\/\/|^\s{0,4}https?:(?:\\{1,2}[\w-]{1,60}\.|[\w-]{1,60}(?:\.[\w-]{1,60}){1,6}\/)/i,
    ],
    examples: {
      payloads: [
        "php://filter/convert.base64-encode/resource=index",
        "phar:///tmp/a.jpg/b",
        "expect://id",
        "data:;base64,PD9waHA=",
        "https://x.example/a.txt?",
        "http://x.example/r57.gif",
        "http://203.0.113.9/a.txt",
        "ftp://x.example/a.php",
        "http://x.example/a?cmd=id",
        "hthttp://tp://x.example/a",
        "jar:http://x.example/a.jar!/b",
        "http:x.example/a",
      ],
      harmless: [
        "https://x.example/",
        "https://x.example/list?page=2",
        "https://x.example/what-is-a-shell.html",
        "data:image/png;base64,iVBOR",
        "data: science",
        "ftp://x.example",
        "zip: 12345",
        "file: report",
        "file:F0123ABC",
        "php: the good parts",
        "http: a protocol",
        "https://203.0.113.9:8443/api",
      ],
    },
  },
];

/** Programs that a server runs, by the end of their names: no document is handed to anybody so. */
const program =
  /^\s{0,4}(?:https?|ftps?):[/\\]{1,3}[^\s?#]{1,400}\.(?:ph(?:p\d?|tml|ar|ps)|aspx?|ashx|jspx?|cgi|cfm|hta|sct|inc|tpl|twig)(?:[?#;].{0,400})?$/i;
const address =
  /^\s{0,4}(?:(?:https?|ftps?|file|php|data|expect|zip|phar):|\/\/[\w-]{1,60}\.)\S{1,2000}\s{0,4}$/i;

/** Whether a path leads to a program on another machine. */
export function leadsToProgram(path: string): boolean {
  return program.test(path);
}

/** Whether a value is nothing but an address, or a wrapper's. */
export function isAddress(value: string): boolean {
  return value.length <= 2_048 && address.test(value);
}
