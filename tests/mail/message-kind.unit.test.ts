import { expect, test } from 'vitest';
import { readHeader } from '../../src/email/header.rules.ts';
import { messageKind } from '../../src/email/kind.rules.ts';
import { parsedCorpus } from './corpus.ts';

test.each([
  ['bounce-dsn', 'bounce'],
  ['bounce-exim', 'bounce'],
  ['auto-reply-exchange', 'auto_reply'],
  ['list-newsletter', 'bulk'],
  ['invite-google', 'invite'],
  ['thread-2-reply', 'human'],
  ['forwarded-message', 'human'],
])('%s is a %s', (name, kind) => {
  expect(parsedCorpus(name).kind).toBe(kind);
});

test.each([
  ['Auto-Submitted: no', 'human'],
  ['Auto-Submitted: auto-replied (vacation)', 'auto_reply'],
  ['Auto-Submitted: auto-generated', 'bulk'],
  ['X-Autoreply: yes', 'auto_reply'],
  ['Precedence: auto_reply', 'auto_reply'],
  ['Precedence: list', 'bulk'],
  ['Subject: Abwesenheitsnotiz: Angebot', 'auto_reply'],
  ['Subject: Out of office policy attached', 'auto_reply'],
  ['Subject: Re: Out of office policy', 'human'],
  ['List-Unsubscribe: <mailto:u@x.example>', 'bulk'],
  ['Content-Type: multipart/report; report-type=disposition-notification; boundary=x', 'auto_reply'],
  ['Return-Path: <>\r\nFrom: postmaster@x.example\r\nSubject: Undeliverable: Hello', 'bounce'],
  ['Return-Path: <>\r\nFrom: anna@x.example\r\nSubject: Read: Hello', 'human'],
  ['From: postmaster@x.example\r\nSubject: Your new mailbox', 'human'],
])('%s makes it %s', (fields, kind) => {
  expect(messageKind(readHeader(Buffer.from(`${fields}\r\n\r\n`)).header)).toBe(kind);
});
