// Types of the library for the parameters and responses of each endpoint.
const FC = 'Stripe.FinancialConnections';
const list = (type) => `Stripe.ApiList<${type}>`;
const V2 = 'Stripe.V2.Core';
/** Thin events have a field and types that are newer than the library. */
const THIN = `Nullable<${V2}.EventBase> & Record<string, unknown>`;
/** Replaces the type of a field. */
const but = (type, field, other) => `Omit<${type}, '${field}'> & { ${field}: ${other} }`;
/** Subscriptions as they are sent: the library makes numbers of the texts of two fields. */
const PLAN = but('Stripe.Plan', 'amount_decimal', 'string | null');
const PRICE = but('Stripe.Price', 'unit_amount_decimal', 'string | null');
const ITEM = but(but('Stripe.SubscriptionItem', 'plan', PLAN), 'price', PRICE);
const SUBSCRIPTION = but('Stripe.Subscription', 'items', list(ITEM));
/** A type of the second version, in which absent fields are null, as in the samples of the API reference. */
const v2 = (type) => `Nullable<${type}>`;
const DESTINATION = but(v2(`${V2}.EventDestination`), 'webhook_endpoint', v2(`NonNullable<${V2}.EventDestination['webhook_endpoint']>`));
const page = (type) => `{ data: Array<${type}>; next_page_url: string | null; previous_page_url: string | null }`;

/** Types of the response and of the parameters, by method and route. */
export const ENDPOINTS = {
  'POST /v1/financial_connections/sessions': [`${FC}.Session`, `${FC}.SessionCreateParams`],
  'GET /v1/financial_connections/sessions/{id}': [`${FC}.Session`, `${FC}.SessionRetrieveParams`],
  'GET /v1/financial_connections/accounts': [list(`${FC}.Account`), `${FC}.AccountListParams`],
  'GET /v1/financial_connections/accounts/{id}': [`${FC}.Account`, `${FC}.AccountRetrieveParams`],
  'POST /v1/financial_connections/accounts/{id}/disconnect': [`${FC}.Account`, `${FC}.AccountDisconnectParams`],
  'POST /v1/financial_connections/accounts/{id}/refresh': [`${FC}.Account`, `${FC}.AccountRefreshParams`],
  'POST /v1/financial_connections/accounts/{id}/subscribe': [`${FC}.Account`, `${FC}.AccountSubscribeParams`],
  'POST /v1/financial_connections/accounts/{id}/unsubscribe': [`${FC}.Account`, `${FC}.AccountUnsubscribeParams`],
  'GET /v1/financial_connections/accounts/{id}/owners': [list(`${FC}.AccountOwner`), `${FC}.AccountListOwnersParams`],
  'GET /v1/financial_connections/accounts/{id}/inferred_balances': [
    list(`${FC}.AccountInferredBalance`),
    `${FC}.AccountListInferredBalancesParams`,
  ],
  'GET /v1/financial_connections/transactions': [list(`${FC}.Transaction`), `${FC}.TransactionListParams`],
  'GET /v1/financial_connections/transactions/{id}': [`${FC}.Transaction`, `${FC}.TransactionRetrieveParams`],
  'GET /v1/financial_connections/authorizations/{id}': [`${FC}.Authorization`, `${FC}.AuthorizationRetrieveParams`],
  'GET /v1/financial_connections/institutions': [list(`${FC}.Institution`), `${FC}.InstitutionListParams`],
  'GET /v1/financial_connections/institutions/{id}': [`${FC}.Institution`, `${FC}.InstitutionRetrieveParams`],
  'GET /v1/customers': [list('Stripe.Customer'), 'Stripe.CustomerListParams'],
  'GET /v1/customers/search': ['Stripe.ApiSearchResult<Stripe.Customer>', 'Stripe.CustomerSearchParams'],
  'DELETE /v1/customers/{id}': ['Stripe.DeletedCustomer', 'Stripe.CustomerDeleteParams'],
  'GET /v1/customers/{id}/payment_methods': [
    list('Stripe.PaymentMethod'),
    'Stripe.CustomerListPaymentMethodsParams',
  ],
  'GET /v1/customers/{customer}/payment_methods/{id}': [
    'Stripe.PaymentMethod',
    'Stripe.CustomerRetrievePaymentMethodParams',
  ],
  'POST /v1/customers': ['Stripe.Customer', 'Stripe.CustomerCreateParams'],
  'GET /v1/customers/{id}': ['Stripe.Customer | Stripe.DeletedCustomer', 'Stripe.CustomerRetrieveParams'],
  'POST /v1/customers/{id}': ['Stripe.Customer', 'Stripe.CustomerUpdateParams'],
  'GET /v1/payment_methods': [list('Stripe.PaymentMethod'), 'Stripe.PaymentMethodListParams'],
  'POST /v1/payment_methods': ['Stripe.PaymentMethod', 'Stripe.PaymentMethodCreateParams'],
  'GET /v1/payment_methods/{id}': ['Stripe.PaymentMethod', 'Stripe.PaymentMethodRetrieveParams'],
  'POST /v1/payment_methods/{id}': ['Stripe.PaymentMethod', 'Stripe.PaymentMethodUpdateParams'],
  'POST /v1/payment_methods/{id}/attach': ['Stripe.PaymentMethod', 'Stripe.PaymentMethodAttachParams'],
  'POST /v1/payment_methods/{id}/detach': ['Stripe.PaymentMethod', 'Stripe.PaymentMethodDetachParams'],
  'GET /v1/payment_intents': [list('Stripe.PaymentIntent'), 'Stripe.PaymentIntentListParams'],
  'POST /v1/payment_intents': ['Stripe.PaymentIntent', 'Stripe.PaymentIntentCreateParams'],
  'GET /v1/payment_intents/{id}': ['Stripe.PaymentIntent', 'Stripe.PaymentIntentRetrieveParams'],
  'POST /v1/payment_intents/{id}': ['Stripe.PaymentIntent', 'Stripe.PaymentIntentUpdateParams'],
  'POST /v1/payment_intents/{id}/cancel': ['Stripe.PaymentIntent', 'Stripe.PaymentIntentCancelParams'],
  'POST /v1/payment_intents/{id}/confirm': ['Stripe.PaymentIntent', 'Stripe.PaymentIntentConfirmParams'],
  'POST /v1/payment_intents/{id}/verify_microdeposits': [
    'Stripe.PaymentIntent',
    'Stripe.PaymentIntentVerifyMicrodepositsParams',
  ],
  'GET /v1/setup_intents': [list('Stripe.SetupIntent'), 'Stripe.SetupIntentListParams'],
  'POST /v1/setup_intents/{id}': ['Stripe.SetupIntent', 'Stripe.SetupIntentUpdateParams'],
  'POST /v1/setup_intents/{id}/verify_microdeposits': [
    'Stripe.SetupIntent',
    'Stripe.SetupIntentVerifyMicrodepositsParams',
  ],
  'POST /v1/setup_intents': ['Stripe.SetupIntent', 'Stripe.SetupIntentCreateParams'],
  'GET /v1/setup_intents/{id}': ['Stripe.SetupIntent', 'Stripe.SetupIntentRetrieveParams'],
  'POST /v1/setup_intents/{id}/cancel': ['Stripe.SetupIntent', 'Stripe.SetupIntentCancelParams'],
  'POST /v1/setup_intents/{id}/confirm': ['Stripe.SetupIntent', 'Stripe.SetupIntentConfirmParams'],
  'GET /v1/subscriptions': [list(SUBSCRIPTION), 'Stripe.SubscriptionListParams'],
  'POST /v1/subscriptions': [SUBSCRIPTION, 'Stripe.SubscriptionCreateParams'],
  'GET /v1/subscriptions/{id}': [SUBSCRIPTION, 'Stripe.SubscriptionRetrieveParams'],
  'POST /v1/subscriptions/{id}': [SUBSCRIPTION, 'Stripe.SubscriptionUpdateParams'],
  'DELETE /v1/subscriptions/{id}': [SUBSCRIPTION, 'Stripe.SubscriptionCancelParams'],
  'POST /v1/account_links': ['Stripe.AccountLink', 'Stripe.AccountLinkCreateParams'],
  'GET /v1/account': ['Stripe.Account', 'Stripe.AccountRetrieveCurrentParams'],
  'GET /v1/accounts': [list('Stripe.Account'), 'Stripe.AccountListParams'],
  'POST /v1/accounts': ['Stripe.Account', 'Stripe.AccountCreateParams'],
  'POST /v1/accounts/{id}': ['Stripe.Account', 'Stripe.AccountUpdateParams'],
  'DELETE /v1/accounts/{id}': ['Stripe.DeletedAccount', 'Stripe.AccountDeleteParams'],
  'GET /v1/accounts/{id}': ['Stripe.Account', 'Stripe.AccountRetrieveParams'],
  'GET /v1/accounts/{account}/external_accounts': [
    list('Stripe.ExternalAccount'),
    'Stripe.AccountListExternalAccountsParams',
  ],
  'POST /v1/accounts/{account}/external_accounts': [
    'Stripe.ExternalAccount',
    'Stripe.AccountCreateExternalAccountParams',
  ],
  'GET /v1/accounts/{account}/external_accounts/{id}': [
    'Stripe.ExternalAccount',
    'Stripe.AccountRetrieveExternalAccountParams',
  ],
  'POST /v1/accounts/{account}/external_accounts/{id}': [
    'Stripe.ExternalAccount',
    'Stripe.AccountUpdateExternalAccountParams',
  ],
  'DELETE /v1/accounts/{account}/external_accounts/{id}': [
    'Stripe.DeletedExternalAccount',
    'Stripe.AccountDeleteExternalAccountParams',
  ],
  'GET /v1/balance': ['Stripe.Balance', 'Stripe.BalanceRetrieveParams'],
  'POST /v1/tokens': ['Stripe.Token', 'Stripe.TokenCreateParams'],
  'GET /v1/tokens/{id}': ['Stripe.Token', 'Stripe.TokenRetrieveParams'],
  'GET /v1/mandates/{id}': ['Stripe.Mandate', 'Stripe.MandateRetrieveParams'],
  'GET /v1/events': [list('Stripe.Event'), 'Stripe.EventListParams'],
  'GET /v1/events/{id}': ['Stripe.Event', 'Stripe.EventRetrieveParams'],
  'GET /v2/core/accounts/{id}': [`Deep<${V2}.Account>`, `${V2}.AccountRetrieveParams`],
  'GET /v2/core/events': [page(THIN), `${V2}.EventListParams & { page?: string }`],
  'GET /v2/core/events/{id}': [THIN, `${V2}.EventRetrieveParams`],
  'GET /v2/core/event_destinations': [page(DESTINATION), `${V2}.EventDestinationListParams`],
  'POST /v2/core/event_destinations': [DESTINATION, `${V2}.EventDestinationCreateParams`],
  'GET /v2/core/event_destinations/{id}': [DESTINATION, `${V2}.EventDestinationRetrieveParams`],
  'POST /v2/core/event_destinations/{id}': [DESTINATION, `${V2}.EventDestinationUpdateParams`],
  'DELETE /v2/core/event_destinations/{id}': ['Stripe.V2.DeletedObject', `${V2}.EventDestinationDeleteParams`],
  'POST /v2/core/event_destinations/{id}/disable': [DESTINATION, `${V2}.EventDestinationDisableParams`],
  'POST /v2/core/event_destinations/{id}/enable': [DESTINATION, `${V2}.EventDestinationEnableParams`],
  'POST /v2/core/event_destinations/{id}/ping': [THIN, `${V2}.EventDestinationPingParams`],
  'GET /v1/webhook_endpoints': [list('Stripe.WebhookEndpoint'), 'Stripe.WebhookEndpointListParams'],
  'POST /v1/webhook_endpoints': ['Stripe.WebhookEndpoint', 'Stripe.WebhookEndpointCreateParams'],
  'GET /v1/webhook_endpoints/{id}': ['Stripe.WebhookEndpoint', 'Stripe.WebhookEndpointRetrieveParams'],
  'POST /v1/webhook_endpoints/{id}': ['Stripe.WebhookEndpoint', 'Stripe.WebhookEndpointUpdateParams'],
  'DELETE /v1/webhook_endpoints/{id}': [
    'Stripe.DeletedWebhookEndpoint',
    'Stripe.WebhookEndpointDeleteParams',
  ],
};

/** Returns the type's name for an event type, such as `Stripe.FinancialConnectionsAccountCreatedEvent`. */
export function eventType(name) {
  const words = name.split(/[._]/).map((word) => word[0].toUpperCase() + word.slice(1));
  return `Stripe.${words.join('')}Event`;
}

const NUMBERS = new RegExp(
  `^(${[
    'accepted_at',
    '.*\\[accepted_at\\]',
    'amount',
    'amounts\\[\\d*\\]',
    'limit',
    'limits\\[accounts\\]',
    'tos_acceptance\\[date\\]',
    '(transacted_at|created)(\\[\\w+\\])?',
  ].join('|')})$`,
);

/** Converts form parameters to the library's hashes, arrays, numbers and booleans. */
export function parameters(pairs) {
  const whole = {};
  for (const [name, text] of pairs) {
    const path = name.replaceAll(']', '').split('[');
    const value = text === 'true' || text === 'false' ? text === 'true' : NUMBERS.test(name) ? Number(text) : text;
    put(whole, path, value);
  }
  return withArrays(whole);
}

/** Makes an array of each hash whose keys are indices, such as that of `items[0][price]`. */
function withArrays(value) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withArrays);
  const entries = Object.entries(value).map(([key, inner]) => [key, withArrays(inner)]);
  const isArray = entries.length > 0 && entries.every(([key]) => /^\d+$/.test(key));
  return isArray ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

function put(hash, [key, ...rest], value) {
  const isLast = rest.length === 0;
  const isArray = rest.length === 1 && /^\d*$/.test(rest[0]);
  if (isLast) hash[key] = value;
  else if (isArray) hash[key] = [...(hash[key] ?? []), value];
  else put((hash[key] ??= {}), rest, value);
}
