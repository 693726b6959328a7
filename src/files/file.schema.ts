import { z } from 'zod';
import { label, PageQuery, refusal } from '../wire.ts';

/** How an uploaded file is called; its content is the body as it is, its type the Content-Type. */
export const UploadQuery = z.strictObject({
  name: label(255).refine(
    (name) => !/[/\\\p{Cc}]/u.test(name),
    refusal('invalid_file_name', 'must be a file name without slashes and control characters'),
  ),
});

/** Query of the list of a record's files. */
export const ListFiles = PageQuery;

/** A file on a record. */
export const FileOut = z
  .object({
    id: z.string(),
    object: z.string(),
    recordId: z.string(),
    name: z.string(),
    contentType: z.string(),
    size: z.string(),
    sha256: z.string(),
    createdBy: z.string().nullable(),
    createdAt: z.string(),
  })
  .meta({ id: 'File', description: 'size is in bytes' });
