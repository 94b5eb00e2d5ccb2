/** GBNF rules (llama.cpp's notation) that grammars of schemas are made from, by name; a rule may use others of these. */
export const jsonRules: Readonly<Record<string, string>> = {
  // At most one space, where a model likes to put one: a grammar that allows more lets a small model fill the answer with them.
  ws: '" "?',
  null: '"null"',
  boolean: '"true" | "false"',
  integer: '"-"? ("0" | [1-9] [0-9]{0,14})',
  number: '"-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?',
  // No \\u escapes: any character but these can be written as itself, and half a surrogate pair cannot come about.
  char: '[^"\\\\\\x00-\\x1F\\x7F] | "\\\\" ["\\\\bfnrt]',
  string: '"\\"" char* "\\""',
  value: 'object | array | string | number | boolean | null',
  object: '"{" ws (string ":" ws value ("," ws string ":" ws value)*)? ws "}"',
  array: '"[" ws (value ("," ws value)*)? ws "]"',
  // February has 28 days: which years have 29 is beyond a grammar of this size.
  date: '[0-9]{4} "-" (("01" | "03" | "05" | "07" | "08" | "10" | "12") "-" day31 | ("04" | "06" | "09" | "11") "-" day30 | "02-" day28)',
  day28: '"0" [1-9] | "1" [0-9] | "2" [0-8]',
  day30: 'day28 | "29" | "30"',
  day31: 'day30 | "31"',
  time: '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{3})? ("Z" | [+-] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9])',
  uuid: '[0-9a-f]{8} "-" [0-9a-f]{4} "-" [0-9a-f]{4} "-" [0-9a-f]{4} "-" [0-9a-f]{12}',
  amount: '[1-9] [0-9]{0,3}',
  duration: '"P" (amount [YMWD] | "T" amount [HMS])',
  label: '[a-z0-9] ([a-z0-9-]{0,30} [a-z0-9])?',
  hostname: 'label ("." label){0,2} "." [a-z]{2,10}',
  email: '[a-z0-9]{1,20} ([._+-] [a-z0-9]{1,20}){0,2} "@" hostname',
  octet: '[0-9] | [1-9] [0-9] | "1" [0-9] [0-9] | "2" [0-4] [0-9] | "25" [0-5]',
  ipv4: 'octet "." octet "." octet "." octet',
  uri: '"http" "s"? "://" hostname ("/" [a-zA-Z0-9._~-]{0,60}){0,8}',
};

/** Formats of JSON Schema that a grammar can hold, by the rule for what stands between the quotes. All of them may be less than the format allows. */
export const formatRules: Readonly<Record<string, string>> = {
  date: 'date', time: 'time', 'date-time': 'date "T" time', uuid: 'uuid', duration: 'duration', hostname: 'hostname', email: 'email', ipv4: 'ipv4', uri: 'uri', 'uri-reference': 'uri',
};
