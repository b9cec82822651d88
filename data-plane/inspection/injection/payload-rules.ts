import type { PayloadRule } from "./payload-rule.ts";
import { phpCalls } from "./php-calls.ts";

/** Looked for in ids, names, paths and addresses: values that servers put into something else. */
export const payloadRules: readonly PayloadRule[] = [
  {
    id: "template",
    patterns: [
      /\{\{-?\s{0,8}[^{}]{0,200}(?:[*+/|([]|\d\s{0,4}-|\.\w|\b(?:config|self|request|settings|dump|constructor|this|range|system|app)\b)/i,
      /\{%-?\s{0,8}(?:import|include|set|for|if|debug|extends|macro|block|with|from|apply|print|call|filter|load|raw)\b/i,
      /\{\{=|\{php\}|\{literal\}|\{\$smarty|\{system\(|\[\[\$\{|\[\[\*\{|\{@(?:math|exec)/i,
      /[$#*@~%]\{(?:[^{}]{0,200}(?:[*+/|()[\]'"]|\.\w|:-)|\$\{)|\$\{(?:jndi|env|sys|java|lower|upper|date|ctx|main|script|dns|url|base64|const|file|\w+:)/i,
      /<%=?[\s\S]{0,200}?(?:%>|[*+(.])|<#(?:assign|list|include|if|import|setting)\b/i,
      /@\(\s{0,4}\d|@\{\s{0,4}\[|\bT\(\s{0,4}java\.|#set\s{0,4}\(|#(?:include|parse|evaluate)\s{0,4}\(|#\{\s{0,4}(?:\d|T\(|system|`)/i,
    ],
    examples: {
      payloads: [
        "{{7*7}}",
        "\u0024{7*7}",
        "<%= 7*7 %>",
        "#{7*7}",
        "\u0024{jndi:ldap://x/a}",
        "\u0024{\u0024{lower:j}ndi:x}",
      ],
      harmless: [
        "{{name}}",
        "$5.00",
        "a {b} c",
        "{first} {last}",
        "100% sure",
        "[[wiki link]]",
        "\u0024{HOME}",
      ],
    },
  },
  {
    id: "java",
    patterns: [
      /\bjava\.(?:lang\.\w|io\.\w|net\.\w|util\.\w|beans\.\w|nio\.\w|rmi\.\w|security\.\w)|javax\.(?:script|naming|management)|\bruntime\b[^/]{0,60}?(?:\bexec\b|getRuntime|\bevil\b)|\bProcess(?:Builder|Impl)\b[\s\S]{0,60}(?:exec|getRuntime|start|evil|\.)|\bgetRuntime\s{0,4}\(|\bjava\.lang\b/i,
      /\b(?:class|classLoader)(?:\.|\[['"]?)(?:module|classLoader|resources|forName|protectionDomain)|\b(?:invoker|instantiate|clone|prototype|constant)(?:transformer|factory|clone)|\b(?:for|while)closure|\bInitialContext\b|#_memberAccess|@ognl\.|ognl\.OgnlContext|xwork\.|\bxworkstatic|allowStaticMethodAccess|com\.opensymphony|freemarker\.template/i,
      /(?:clone|invoker|instantiate|constant|chained|lazymap)transformer\b|\b(?:for|while|switch|if|chained)closure\b|prototype(?:clone|serialization)factory|instantiatefactory|\bjava\.(?:\w{1,40}\.){0,4}(?:runtime|processbuilder|processimpl)\b|\borg\.omg\.CORBA\b|\bcom\.sun\.(?:org|rowset|jndi|syndication)\.\w|\bjndi:\w{2,8}:|[\w};]:(?:ldaps?|rmi|iiop|corba(?:name)?|nis|nds):\/\//i,
    ],
    examples: {
      payloads: [
        "java.lang.Runtime.getRuntime().exec('id')",
        "class.module.classLoader.resources",
        "(new ProcessBuilder('id')).start()",
        "functors.InvokerTransformer",
        "java.any.Runtime",
        "lookup:ldap://x.example/a",
      ],
      harmless: [
        "java",
        "JavaScript island",
        "java coffee beans",
        "class of 2024",
        "runtime error",
        "prototype 7",
        "java.runtimes",
        "ldap://dc.example.org/ou=people",
        "Transformer 12 kV",
        "jsx-runtime.js",
        "the runtime of films, start to end.",
        "foreclosure",
        "com.sundance.app",
      ],
    },
  },
  {
    id: "deserialization",
    patterns: [
      /\brO0AB[A-Za-z0-9+/]|KztAAU|Cs7QAF|\baced0005|AAEAAAD\/{5}|\bO:\d{1,4}:"[\w\\]{1,100}":\d{1,4}:\{|\ba:\d{1,4}:\{[is]:\d{1,6}[:;]|_\$\$ND_FUNC\$\$_|!!python\/|!!javax?\.|!ruby\/(?:object|hash)|\bgASV[A-Za-z0-9+/]{8}|\bcos\s{1,4}system\s{1,4}\(/,
      /"?\$?(?:@type|\$type)"\s{0,4}:\s{0,4}"(?:com|org|java|sun|System)\.|"__type"\s{0,4}:|"py\/(?:object|reduce|type)"/i,
    ],
    examples: {
      payloads: [
        'O:8:"stdClass":1:{s:1:"a";i:1;}',
        "rO0ABXNyABFqYXZhLnV0aWwu",
        "!!python/object/apply:os.system ['id']",
      ],
      harmless: ["O:8 o'clock", "a:1", "python/object", "r00t", "ruby/object", "!important"],
    },
  },
  {
    id: "script",
    patterns: [
      /\b(?:require|import)\s{0,4}\(\s{0,4}['"`](?:node:)?(?:child_process|fs|vm|net|os|http)['"`]|\bprocess\s{0,4}\.\s{0,4}(?:mainModule|binding|env\b|exit|kill|dlopen)|\bconstructor\s{0,4}\.\s{0,4}(?:constructor|prototype)|\bconstructor\s{0,4}\[|__proto__|\bprototype\s{0,4}[[.]\s{0,4}['"]?\w|\bFunction\s{0,4}\(\s{0,4}['"`]|\bglobalThis\b|\bthis\.constructor|\b(?:setTimeout|setInterval)\s{0,4}\(\s{0,4}['"`]|\bString\.fromCharCode\s{0,4}\(|\bwhile\s{0,4}\(\s{0,4}(?:1|true|!?!?['"]{2}|!0|this|Infinity|\+?\w+\s{0,4}[<>]=?\s{0,4}\w+|!\s{0,4}[\w'"]*)\s{0,4}\)/i,
      /<\?(?:php|=|xml-stylesheet|\s{1,4}\w+\s{0,4}\()|\[\/?php\]|\bphp:\/\/|\bphar:\/\/|\$_(?:GET|POST|REQUEST|SERVER|COOKIE|FILES|ENV|SESSION)\b|\$GLOBALS\b|\$\{?['"]?\w{1,40}['"]?\}?(?:\s|\[[^\]]{0,60}\]|#[^\n]{0,40}\n|\/\*[^*]{0,60}\*\/|\/\/[^\n]{0,40}\n){0,4}\([^)]{0,100}\)/i,
      /\b(?:eval|assert|system|exec|popen|passthru)(?:=?\(|\s{1,3}=?\((?=\s{0,3}["'$`@]))|\b(?:opcache|mbstring|session|zend|pcre|phar|xdebug|suhosin|assert)\.[a-z_]{3,40}\s?=/i,
      /(?:[.["'|(]\s{0,4}|^)__(?:import|class|mro|subclasses|globals|builtins|init|getattribute|getitem|base|bases|dict|reduce)__(?!\.pyi?\b)(?!$)|(?<![\w/])__(?:import|class|mro|subclasses|globals|builtins|init|getattribute|base|bases|dict)__\s{0,4}[.([](?!pyi?\b)|\bos\.(?:system|popen|exec\w*|spawn\w*)\s{0,4}\(|\bsubprocess\.(?:run|call|Popen|check_\w+)|\bexec\s{0,4}\(\s{0,4}(?:compile|open|__)|\bcompile\s{0,4}\(\s{0,4}['"]|\b(?:Kernel|IO|Open3)\.(?:exec|system|popen|spawn)|\bioutil\.ReadFile|@\{\s{0,4}\[/,
      /["']\s{0,4}[)\]]?\s{0,4}(?:\(\s{0,4}\w{1,20}\s{0,4}\)|\(\s{0,4}['"])|\(\s{0,3}['"]\w{1,40}['"]\s{0,3}[).]|\\x[0-9a-f]{2}\w*\\x[0-9a-f]{2}/i,
      /(?:['"]\s{0,4}[;)}+]+|^\s{0,4})\s{0,4}(?:return\s{1,4}(?:true|1|this\.)|(?:function\s{0,4}\(|\(\s{0,4}\(?\)?\s{0,4}=>)|var\s{1,4}\w+\s{0,4}=\s{0,4}new\s{1,4}Date|this\.\w+\.match|db\.\w+\.(?:find|insert|drop))|[;'"}]\s{0,4}var\s{1,4}\w{1,40}\s{0,4}=|\(function\s{0,4}\(\)\s{0,4}\{/i,
      /\b(?:setTimeout|setInterval)\s{0,4}\(|\bconsole\s{0,4}\.\s{0,4}(?:debug|error|info|log|trace|warn)\s{0,4}[.(]|\bprocess\s{0,4}\[|\bmodule\.exports\b|\bnew\s{1,4}Function\s{0,4}\(|__js_function|\bwhile\s{0,4}\([^()]{0,40}\)[\s)]{0,4}(?:;|\{|$)|\bwhile\(\((?:true|1|!)|\.\s{0,3}(?:call|apply|bind)\s{0,3}`|!\s?\[\s?\]|\b(?:self|window|document|top|globalThis)\)?\s{0,4}\[\s{0,4}['"]/,
      /<\?\s{0,4}(?:php\b|=|$)|<\?xml\s{0,4}:|\b(?:zip|zlib|glob|phar|expect|rar|ogg|ssh2(?:\.\w{2,8})?|compress\.\w{2,8}|php|gopher|dict|netdoc):\/\/|\$\s{1,40}\{\s{1,40}[\w$]|\$\w{1,40}(?:\[[^\]]{0,40}\]{1,2}|\{[^}]{0,40}\}){1,4}\s{0,4}\([^)]/i,
      ...phpCalls,
    ],
    examples: {
      payloads: [
        "require('child_process').exec('id')",
        "<?php system('id'); ?>",
        "().__class__.__mro__[1].__subclasses__()",
        "eval(base64_decode('x'))",
        "';return true;var a='",
        "while(!![]);",
        "setTimeout(name, 1)",
        "glob:///etc/*",
        "$data[0][1](7)",
        "curl_init ('x')",
        "![]+[]",
        "mb_convert_case /* x */ ('a')",
        "(system)(ls);",
        "x=1&auto_prepend_file=a.php",
      ],
      harmless: [
        "require a signature",
        "the system",
        "the process",
        "import duty",
        "evaluate",
        "constructor theory",
        "Fn (x)",
        "while (you wait) more",
        "$a[0]",
        "file_name (2).pdf",
        "the zip: 12345",
        "console.table",
        "pkg/__init__.py",
        "debuginfo (development files)",
        "message system (library)",
      ],
    },
  },
  {
    id: "html",
    patterns: [
      /<\s{0,4}\/?\s{0,4}(?:[a-z]+:)?(?:script|iframe|frame(?:set)?|embed|object|applet|svg|math|meta|link|base|form|input|button|textarea|select|keygen|isindex|video|audio|source|img|image|body|html|style|marquee|bgsound|xml|xss|layer|ilayer|animate\w*|set|import|details|dialog|template|noscript|listener|handler|x)\b(?![\w-]*\s{0,4}>?\s{0,4}$)/i,
      /<\s{0,4}\/?\s{0,4}(?:script|iframe|svg|embed|object|style|body|meta|base|form|applet|frameset|xml|xss)\b/i,
      /<[a-z!?/%][^<>]{0,400}?[\s"'/]+(?:on[a-z]{3,24}|style|href|src|srcdoc|action|formaction|xlink:href|data|background|poster|dynsrc|lowsrc|xmlns|http-equiv|implementation)\s{0,4}=/i,
      /(?:^|[\s"'`/<>\d;,()\0\v])on(?:abort|activate|after\w+|anim\w+|auxclick|before\w+|begin|blur|bounce|can\w+|cell\w+|change|click|close|context\w+|copy|cue\w+|cut|data\w+|dblclick|deactivate|drag\w*|drop|duration\w+|emptied|end\w*|error|fil\w+|finish|focus\w*|form\w+|fullscreen\w*|hash\w+|help|input|invalid|key\w+|lay\w+|load\w*|lose\w+|media\w+|message|mouse\w+|move\w*|offline|online|outofsync|page\w+|paste|pause|play\w*|pointer\w+|popstate|progress|property\w+|rate\w+|ready\w+|repeat|reset|resize\w*|resume|reverse|row\w+|scroll\w*|search|seek\w*|select\w*|show|sort|start|stop|storage|submit|suspend|syncrestored|time\w*|toggle|touch\w+|track\w+|transition\w+|undo|unload|url\w+|volume\w+|wait\w*|wheel)[\s\0/]{0,8}=/i,
      /(?:j[\s\0\\/&;#\w]{0,12}a[\s\0\\/&;#\w]{0,12}v[\s\0\\/&;#\w]{0,12}a|v\s{0,3}b|live)\s{0,4}(?:s|&tab;|&#x?0*(?:9|10|13|a|d);|\\)[\s\\\0&;#\w]{0,4}c?[\s\0\\]{0,4}r[\s\0\\]{0,4}i[\s\0\\]{0,4}p[\s\0\\]{0,4}t[\s\0]{0,4}(?::|&colon;|&#x?0*(?:58|3a);?|&#\d+)|(?:java|vb)script\s{0,4}:/i,
      /\bdata:\s{0,4}(?:text\/\w|image\/svg|application\/x?h?t?xml|,)|expression\s{0,4}\(|-moz-binding|\bbehavior\s{0,4}:\s{0,4}url|@import\s|\bbackground(?:-image)?\s{0,4}:\s{0,4}url|\bstyle\s{0,4}=\s{0,4}["'a-z]|<!--#\w|<\/?esi:\w|<!\[CDATA\[|\bsrcdoc\s{0,4}=|<!doctype|\+ADw-|\bxlink:href\b/i,
      /(?:document|window|self|top|parent|this|location|frames)\s{0,4}(?:\/\*[^*]{0,40}\*\/\s{0,4})?[.[]\s{0,4}(?:\/\*[^*]{0,40}\*\/\s{0,4})?['"]?(?:cookie|location|write(?:ln)?|domain|eval|alert|open|name|referrer|body|create\w+|get\w+|href|local\w+|history|defaultView)|\b(?:alert|confirm|prompt|eval)\s{0,4}(?:\(|`|&lpar;|\/\*)|\b(?:alert|confirm|prompt)\b.{0,20}\.(?:call|apply)|\[['"]?(?:alert|eval|constructor)/i,
      /["'`/<]\s{0,4}on[a-z]{4,45}\s{0,4}=|<[a-z](?:\s[a-z]){3,12}(?![a-z])|<style\b|\bdatasrc\s{0,4}=/i,
      /[\u00bc\u2039\uff1c]\s?\/?script|\\(?:u003c|x3c)\s?\/?\w|&lt;?\s?\/?(?:script|img|svg|iframe)|%3c\s?\/?(?:script|img|svg|iframe)/i,
    ],
    examples: {
      payloads: [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "javascript:alert(1)",
        "<svg/onload=alert(1)>",
        "'onmadeup=x",
        "<label datasrc=data>",
        '<!--#fsize file="a" -->',
        "<esi:vars name=x/>",
      ],
      harmless: [
        "a < b and c > d",
        "<name>",
        "script",
        "on time = always",
        "C++ <vector>",
        "I love JavaScript",
      ],
    },
  },
  {
    id: "ldap",
    patterns: [
      /[*)][)(|&!\s]{0,8}\(\s?(?:[|&!]|[\w-]{1,40}\s?[~<>]?=)|\(\s?[|&!]\s?\(\s?[\w-]{1,40}\s?=|\)\s?\(\s?[|&!]|\*\)\s?[)(%]|^\*\)\s?$|[!&|]\([&|!(*]|\*\(\)\|/,
    ],
    examples: {
      payloads: ["*)(uid=*))(|(uid=*", "admin)(&)", "x)(|(password=*)"],
      harmless: ["f(x)", "John (Sales)", "a*b", "(555) 123-4567", "name (x)", "stars ***"],
    },
  },
  {
    id: "xml",
    patterns: [
      /<!ENTITY\s|<!DOCTYPE[^>]{0,300}(?:\[|SYSTEM|PUBLIC)|\bxi:include\b|\/XInclude\b|<xsl:(?:value-of|include|import|template)|\bxmlns:xi\s{0,4}=|%\w{1,40};\s{0,4}\]>/i,
    ],
    examples: {
      payloads: [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        "<!ENTITY % p SYSTEM 'http://x'>",
        '<xi:include href="file:///x"/>',
      ],
      harmless: ["entity", "<a>b</a>", "SYSTEM", "doctype html", "xinclude", "50%"],
    },
  },
  {
    id: "header",
    patterns: [
      /[\r\n](?:0[ad])?\s{0,4}(?:[A-Za-z][\w-]{1,40}\s?:\s?\S|(?:HTTP\/|GET |POST |HEAD |PUT |DELETE )|(?:RETR|LIST|USER|PASS|STAT|QUIT|HELO|EHLO|MAIL FROM|RCPT TO|DATA|EXPN|VRFY|TOP|UIDL|DELE|NOOP|SELECT|FETCH|CREATE|LOGIN|SET|CONFIG|EVAL|FLUSHALL|SLAVEOF)\b)/i,
      /[\r\n]\s{0,4}(?:[A-Za-z]\d{2,5}\s(?:[A-Z]{4,12})\s|AUTH\s\w{2,20}\s)/,
      /%0d%0a|%0a%0d|%0[ad][A-Za-z-]{2,40}(?::|%3a)|%E5%98%8A%E5%98%8D|\\r\\n[A-Za-z-]{2,40}:/i,
    ],
    examples: {
      payloads: [
        "x\r\nSet-Cookie: a=b",
        "a%0d%0aLocation: http://x",
        "me\nBcc: all@example.org",
        "x\r\nA12 SELECT b",
        "x\r\nAUTH plain dGVzdA==",
      ],
      harmless: ["one line", "50%0", "a\\nb", "first\n\nsecond", "C:\\r\\n", "12:30"],
    },
  },
  {
    id: "operator",
    patterns: [
      /[{,]\s{0,8}["']?\$(?:gte?|lte?|ne|n?in|regex|where|exists|or|and|not|nor|expr|type|mod|all|size|elemMatch|function|accumulator|comment|text|jsonSchema)["']?\s{0,8}:/i,
      /\[\$(?:gte?|lte?|ne|n?in|regex|where|exists|or|and|not|nor)\]|\|\|\s?(?:this\.|1\s?==|'a'\s?==)|'\s?(?:\|\||&&)\s?(?:this|'|1|true)|'\s?==\s?'|;\s?sleep\s?\(\s?\d|\$where\b/i,
    ],
    examples: {
      payloads: ['{"$gt": ""}', "user[$ne]=x", "' || this.password == 'x", '{"a":{"$where":"1"}}'],
      harmless: ["$gt", "{a: 1}", "price in $", "[1, 2]", "a || b", "or, and, not"],
    },
  },
];
