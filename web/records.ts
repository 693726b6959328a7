import type { z } from 'zod';
import type { CompanyOut } from '../src/companies/company.schema.ts';
import type { ConsentOut } from '../src/contacts/consent.schema.ts';
import type { ContactOut } from '../src/contacts/contact.schema.ts';
import type { CompanyContactOut, ContactCompanyOut } from '../src/contacts/contact-company.schema.ts';
import type { DealOut } from '../src/deals/deal.schema.ts';
import type { PipelineOut, PipelineSummaryOut } from '../src/deals/pipeline.schema.ts';
import type { MailboxOut, MailboxTestOut } from '../src/email/mailbox.schema.ts';
import type { MessageOut } from '../src/email/message.schema.ts';
import type { FieldOut } from '../src/fields/field.schema.ts';
import type { HistoryEntry as Change } from '../src/history/history.schema.ts';
import type { KeyOut, MeOut, NewKeyOut, UserOut } from '../src/identity/identity.schema.ts';
import type { RoleOut, TeamOut } from '../src/identity/permission.schema.ts';
import type { ProviderOut } from '../src/identity/provider.schema.ts';
import type { SessionOut } from '../src/identity/sign-in.schema.ts';
import type { NotificationOut } from '../src/notifications/notification.schema.ts';
import type { ErasureOut, ErasurePreviewOut, ErasureShown } from '../src/privacy/erasure.schema.ts';
import type { RunOut } from '../src/runs.schema.ts';
import type { HitOut } from '../src/search/search.schema.ts';
import type { NextStepsOut, TaskCountsOut, TaskOut } from '../src/tasks/task.schema.ts';
import type { TimelineEntry as Entry } from '../src/timeline/timeline.schema.ts';
import type { DeliveryOut, EndpointOut, NewEndpointOut } from '../src/webhooks/webhook-endpoint.schema.ts';
import type { NewSourceOut, ReceiptOut, SourceOut } from '../src/webhooks/webhook-source.schema.ts';

/** Records as the wire shows them: types made of the API's own schemas. */
export type Contact = z.output<typeof ContactOut>;
export type Consent = z.output<typeof ConsentOut>;
export type Erasure = z.output<typeof ErasureOut>;
export type ErasureWithRun = z.output<typeof ErasureShown>;
export type ErasurePreview = z.output<typeof ErasurePreviewOut>;
export type Company = z.output<typeof CompanyOut>;
export type ContactCompany = z.output<typeof ContactCompanyOut>;
export type CompanyContact = z.output<typeof CompanyContactOut>;
export type Deal = z.output<typeof DealOut>;
export type PipelineSummary = z.output<typeof PipelineSummaryOut>;
export type Pipeline = z.output<typeof PipelineOut>;
export type Stage = Pipeline['stages'][number];
export type Task = z.output<typeof TaskOut>;
export type TaskCounts = z.output<typeof TaskCountsOut>;
export type NextSteps = z.output<typeof NextStepsOut>;
export type TimelineEntry = z.output<typeof Entry>;
export type Hit = z.output<typeof HitOut>;
export type Notification = z.output<typeof NotificationOut>;
export type User = z.output<typeof UserOut>;
export type Role = z.output<typeof RoleOut>;
export type Session = z.output<typeof SessionOut>;
export type IdentityProvider = z.output<typeof ProviderOut>;
export type Team = z.output<typeof TeamOut>;
export type CustomField = z.output<typeof FieldOut>;
export type HistoryEntry = z.output<typeof Change>;
export type Me = z.output<typeof MeOut>;
export type ApiKey = z.output<typeof KeyOut>;
export type NewApiKey = z.output<typeof NewKeyOut>;
export type Mailbox = z.output<typeof MailboxOut>;
export type MailboxTest = z.output<typeof MailboxTestOut>;
export type Message = z.output<typeof MessageOut>;
export type Run = z.output<typeof RunOut>;
export type WebhookSource = z.output<typeof SourceOut>;
export type NewWebhookSource = z.output<typeof NewSourceOut>;
export type WebhookReceipt = z.output<typeof ReceiptOut>;
export type WebhookEndpoint = z.output<typeof EndpointOut>;
export type NewWebhookEndpoint = z.output<typeof NewEndpointOut>;
export type WebhookDelivery = z.output<typeof DeliveryOut>;

/** Records that have a page and a timeline of their own. */
export type Noun = 'contact' | 'company' | 'deal';

/** Path of a noun's collection in the API. */
export const collection = { contact: 'contacts', company: 'companies', deal: 'deals' } as const;
