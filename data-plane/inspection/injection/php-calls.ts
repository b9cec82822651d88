/** Blanks and comments, which PHP allows between a function's name and its bracket. */
const gap = "(?:[\\s]|/\\*[^*]{0,60}\\*/|(?://|#)[^\\n]{0,60}\\n){0,6}";

/** Beginnings of names that no other language gives its functions: array_map, mb_substr. */
const families =
  "apache|apcu?|array|ctype|curl|dba|deflate|enchant|escapeshell|exif|fdf|ftp|gd|gmp|gnupg|grapheme|ibase|iconv|imap|inflate|ini|intl|iptc|iterator|ldap|libxml|mb|mcrypt|mhash|mt|msg|mysqli?|ncurses|ngettext|ob|oci|odbc|opcache|openal|openssl|pcntl|pg|php|phpdbg|posix|preg|proc|pspell|readline|rrd|sapi|sem|session|shell|shm|shmop|simplexml|snmp2?|socket|sodium|spl|sqlite|sqlsrv|ssdeep|ssh2|stomp|stream|tidy|trigger|uopz|utf8|variant|wddx|win32|wincache|xattr|xdiff|xhprof|xml|xmlrpc|xmlwriter|yaml|zend|zip|zlib|zstd";

/** Whole names, and beginnings of such, with an underscore that tells them from words. */
const compounds =
  "call_user|cli_set|com_load|dns_get|forward_static|func_get|get_(?:browser|cfg|class|current|declared|defined|extension|headers|html|include|included|loaded|magic|meta|object|parent|required|resource)|html_entity|http_(?:build|response)|idn_to|is_(?:a|array|bool|callable|countable|dir|executable|file|float|int|iterable|link|nan|null|numeric|object|readable|resource|scalar|string|subclass|uploaded|writ[ae]+ble)|json_(?:decode|encode|last)|locale_(?:get|set|parse)|memory_get|mime_content|net_get|nl_langinfo|output_add|parse_(?:ini|str|url)|password_(?:get|hash|needs|verify)|quoted_printable|random_(?:bytes|int)|realpath_cache|register_(?:shutdown|tick)|restore_(?:error|exception|include)|set_(?:error|exception|file|include|magic|time)|str_(?:contains|ends|getcsv|ireplace|pad|repeat|replace|rot13|shuffle|split|starts|word)|strip_tags|substr_(?:compare|count|replace)|sys_(?:get|set)|time_(?:nanosleep|sleep)|timezone_\\w{2,20}|token_(?:get|name)|var_(?:dump|export)|assert_options|debug_(?:backtrace|print_backtrace|zval)|error_(?:clear|get|log|reporting)|highlight_(?:file|string)|hash_(?:algos|file|hmac|init)|mysql_\\w{2,30}";

/** Functions of PHP without such a beginning, which read, write, run or disguise something. */
const functions =
  "array|bcpow(?:mod)?|bz(?:compress|decompress|open|read|write)|gz(?:close|compress|decode|deflate|encode|file|open|passthru|puts|read|uncompress|write)|htmlspecialchars(?:_decode)?|imagecreatefrom\\w{2,5}|readgzfile|stripos|base_convert|bin2hex|chgrp|checkdate|chdir|chmod|chown|chroot|closedir|compact|convert_uu(?:de|en)code|copy|create_function|crypt|curl_(?:exec|init)|define|dechex|defined|disk_(?:free|total)_space|dl|each|end|eval|extract|exec|f(?:close|eof|flush|getc|getcsv|gets|getss|lock|open|passthru|putcsv|puts|read|scanf|seek|stat|tell|truncate|write)|file|file(?:atime|ctime|group|inode|mtime|owner|perms|size|type)|fnmatch|fsockopen|func_num_args|function_exists|getallheaders|getcwd|getenv|gethostbyaddr|gethostbynamel?|getimagesize|getlastmod|getm[xy](?:rr|inode|uid|pid|gid)|getopt|getrusage|getservby(?:name|port)|gettype|settype|(?:bool|float|int|str)val|checkdnsrr|getmxrr|date_(?:add|create|default|diff|format|parse|sub|sun)\\w{0,24}|str_(?:contains|word)|nl2br|addslashes|stripslashes|addcslashes|glob|gzinflate|hex2bin|hexdec|implode|include(?:_once)?|ini_(?:get|set)|interface_exists|ip2long|lchgrp|lchown|link|linkinfo|lstat|mail|md5(?:_file)?|method_exists|mkdir|move_uploaded_file|opendir|openlog|ord|pack|parse_str|passthru|pathinfo|pclose|pfsockopen|phpcredits|phpinfo|phpversion|popen|print_r|putenv|rawurl(?:de|en)code|readdir|readfile|readlink|realpath|rename|require(?:_once)?|rewinddir|rmdir|scandir|serialize|setlocale|sha1(?:_file)?|show_source|str(?:pos|rev|tr|stri)|symlink|syslog|system|tempnam|tmpfile|touch|uasort|ucwords|uksort|umask|uniqid|unlink|unpack|unserialize|urldecode|usleep|usort|vprintf|vfprintf|zend_version";

/** Names that say it all, whatever stands in front of them. */
const telling =
  "call_user_func(?:_array)?|gzinflate|gzuncompress|base64_decode|shell_exec|create_function|fsockopen|proc_open|pcntl_exec|preg_replace_callback|zlib_decode";

/** Settings of PHP, where they are given a value. */
const settings =
  "allow_(?:call_time_pass_reference|url_fopen|url_include)|arg_separator\\.\\w{2,10}|auto_(?:append|detect|globals|prepend)_\\w{2,20}|browscap|default_(?:charset|mimetype|socket_timeout)|disable_(?:classes|functions)|display_(?:errors|startup_errors)|doc_root|enable_(?:dl|post_data_reading)|engine|error_(?:append_string|log|prepend_string|reporting)|expose_php|extension(?:_dir)?|file_uploads|hard_timeout|highlight\\.\\w{2,12}|html_errors|ignore_user_abort|implicit_flush|include_path|input_encoding|log_errors\\w{0,10}|mail\\.\\w{2,24}|max_(?:execution_time|file_uploads|input_\\w{2,20})|memory_limit|open_basedir|output_(?:buffering|encoding|handler)|post_max_size|realpath_cache_\\w{2,6}|register_argc_argv|report_(?:memleaks|zend_debug)|request_order|sendmail_(?:from|path)|serialize_precision|short_open_tag|sql\\.safe_mode|sys_temp_dir|track_errors|unserialize_callback_func|upload_(?:max_filesize|tmp_dir)|user_(?:dir|agent)|user_ini\\.\\w{2,12}|variables_order|xmlrpc_error\\w{0,8}|zend_extension|(?:assert|bcmath|cli_server|com|curl|date|dba|exif|fbsql|filter|gd|geoip|ibase|iconv|imagick|imap|intl|ldap|mbstring|mcrypt|memcache|mssql|mysqli?|mysqlnd|oci8|odbc|opcache|openssl|pcre|pdo|pdo_odbc|pgsql|phar|session|soap|sqlite3|sqlsrv|suhosin|tidy|uploadprogress|url_rewriter|vld|xdebug|xmms|yaml|zend|zlib)\\.[a-z_]{2,40}";

/** Calls of PHP's functions, and settings that are given to it: nobody's id or name holds them. */
export const phpCalls: readonly RegExp[] = [
  new RegExp(`\\b(?:(?:${families})_|${compounds})\\w{0,60}${gap}=?\\(`, "i"),
  // "File(s)", "System(tm)": what people write behind a name is no call.
  new RegExp(`\\b(?:${functions})=?\\((?!(?:tm|r|c|s|es)\\))`, "i"),
  new RegExp(`(?:${telling})${gap}=?\\(`, "i"),
  // Names that are no words of a language, however far their bracket is; texts that are put together.
  /\b(?:f(?:open|close|read|write|gets|puts|tell|seek|scanf|passthru|putcsv|getcsv|stat|lock|eof|truncate)|file(?:group|perms|owner|size|mtime|atime|ctime|inode|type)|file_(?:exists|get_contents|put_contents)|gz(?:open|read|file|puts)|bz(?:open|read)|fsockopen|scandir|opendir|readdir|rewinddir|chroot|getcwd|getenv|putenv|phpinfo|phpversion|unserialize|parse_str|strrev|strtr|stristr|htmlspecialchars|addslashes|print_r|var_dump)[ \t\r\n]{1,8}\([^()]{0,60}\)|\b[fsv]?printf\(\s?[\w"'$%]|(?:^|[;&?\s])smtp(?:_port)?\s{0,4}=\s{0,4}\w/i,
  // With a comment, a line end or something to do between the name and what it is called with.
  new RegExp(`\\b(?:${functions})${gap}\\(\\s{0,4}["'$\`@/.]`, "i"),
  /\w\s{0,4}(?:\/\*[^*]{0,60}\*\/|(?:\/\/|#)[^\n]{0,60}\n)\s{0,4}(?:\/\*[^*]{0,60}\*\/\s{0,4})?\(|\w[ \t]{0,4}\r?\n\s{0,4}\([^)]{0,40}\)\s{0,4};?$/,
  new RegExp(`(?:^|[;&?\\s])(?:${settings})\\s{0,4}=\\s{0,4}[\\w"'./:\\u0080-\\uffff-]`, "i"),
  // A name that is put together: (sy.(st).em)(@id), ("sys"."tem")("id"), $a{0}("id").
  /\w\.\(\w{1,20}\)\.\w|\)\s?\(@|\(\s{0,4}["'][\w\\]{0,40}["']\s{0,4}\.|\}\s{0,4}\(\s{0,4}["'$]|\[[\\/]php\]|[([]\s{0,4}(?:assert|eval|exec|passthru|phpinfo|popen|shell_exec|system)\s{0,4}[)\]]\s{0,4}[[({]/i,
];
