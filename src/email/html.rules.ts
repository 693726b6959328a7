import sanitize from 'sanitize-html';

/**
 * HTML of a mail that is safe to show: no scripts, forms, frames or styles outside of attributes; links open apart and tell nobody where
 * they were clicked; remote images keep their address in `data-src` until somebody asks for them.
 */
export function safeHtml(html: string): string {
  return sanitize(html, {
    allowedTags: [...sanitize.defaults.allowedTags, 'img', 'center', 'font', 'del', 'ins'],
    allowedAttributes: {
      '*': ['style', 'align', 'valign', 'dir', 'lang', 'title'],
      a: ['href', 'target', 'rel'],
      img: ['src', 'data-src', 'alt', 'width', 'height'],
      font: ['color', 'size', 'face'],
      table: ['width', 'cellpadding', 'cellspacing', 'border', 'bgcolor'],
      td: ['width', 'height', 'colspan', 'rowspan', 'bgcolor'],
      th: ['width', 'height', 'colspan', 'rowspan', 'bgcolor'],
    },
    allowedStyles: { '*': Object.fromEntries(styles.map((name) => [name, [harmless]])) },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['cid', 'data', 'http', 'https'] },
    allowProtocolRelative: false,
    transformTags: {
      a: sanitize.simpleTransform('a', { target: '_blank', rel: 'noopener noreferrer nofollow' }),
      img: (tagName, { src = '', ...attribs }) => ({
        tagName,
        attribs: { ...attribs, ...(/^(cid:|data:image\/(png|jpe?g|gif|webp);)/i.test(src) ? { src } : { 'data-src': src }) },
      }),
    },
  });
}

const styles = [
  'color',
  'background-color',
  'font-family',
  'font-size',
  'font-style',
  'font-weight',
  'text-align',
  'text-decoration',
  'line-height',
  'margin',
  'margin-left',
  'margin-right',
  'margin-top',
  'margin-bottom',
  'padding',
  'border',
  'border-collapse',
  'width',
  'max-width',
  'white-space',
];

/** Nothing that could fetch or compute. */
const harmless = /^(?!.*(?:url|expression|javascript|import)\s*[(:])[^\\<>{}@]*$/i;
