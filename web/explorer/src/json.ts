// In place of two of prettier's plugins (400 KB for JavaScript): lays out JSON, which is all that GraphiQL has for them.
import { applyEdits, format } from 'jsonc-parser';

type Text = { text: string };

/** For `prettier.format(…, { parser: 'jsonc' })`. */
export const parsers = {
  jsonc: { astFormat: 'jsonc', parse: (text: string): Text => ({ text }), locStart: () => 0, locEnd: (ast: Text) => ast.text.length },
};

/** The whole text at once: comments and trailing commas stay where they are. */
export const printers = {
  jsonc: {
    print: ({ node: { text } }: { node: Text }) =>
      applyEdits(text, format(text, undefined, { insertSpaces: true, tabSize: 2, insertFinalNewline: true })),
  },
};
