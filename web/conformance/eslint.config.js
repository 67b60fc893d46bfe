// The rules that GraphQL's tools recommend for a schema, those of Relay, and some of our own conventions. Run from the root of
// the repository, where the schema lies.
import graphql from '@graphql-eslint/eslint-plugin';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const languageOptions = {
  parser: graphql.parser,
  parserOptions: { graphQLConfig: { schema: path('../../schema.graphql'), documents: path('operations/*.graphql') } },
};

export default [
  { files: ['schema.graphql'], languageOptions, plugins: { '@graphql-eslint': graphql }, rules: {
    ...graphql.configs['flat/schema-recommended'].rules,
    ...graphql.configs['flat/schema-relay'].rules,
    '@graphql-eslint/strict-id-in-types': ['error', {
      exceptions: {
        // Answers of mutations, refusals and pages are no things: nobody asks for one again.
        suffixes: ['Payload', 'UserError', 'Connection', 'Edge'],
        types: [
          // Relay's own.
          'PageInfo',
          // Values: two that are equal are the same. They live inside the thing that has the id.
          'AuthTokens', 'BookingPolicy', 'ClientBlock', 'ClientHours', 'ClientPreferences', 'ClientToken', 'ClientVisits',
          'LocalizedText',
          'MarketingConsent', 'MemberRole', 'Money', 'OpeningInterval', 'Permission', 'ServicePrice', 'ServiceRequirement',
          'StaffHours', 'StaffService', 'StaffShift', 'TimeInterval', 'WeeklyInterval', 'BookingLineResource',
          'BookingCancellationDeadline', 'BookingCancellationTerms', 'BookingLineAddOn', 'BookingSeriesLine',
          'BookingSeriesSkippedDate', 'CancellationTier', 'CompanyBookingLimits', 'Portion', 'Recurrence', 'RotaDay',
          'ServiceProcessing', 'ServiceRules', 'WaitlistWindow',
          // Computed for one question, and stored nowhere: availability, the calendar's page, who is asking.
          'Availability', 'AvailabilityDays', 'AvailabilityVerdict', 'AvailableDay', 'AvailableSlot', 'RuleViolation',
          'ClientSelf', 'Calendar', 'CalendarChange', 'CalendarLocation', 'CalendarResource', 'CalendarShift', 'CalendarSpan',
          'CalendarStaff', 'InvitationPreview', 'ResourceStatus', 'Viewer', 'ViewerCompany',
          'BookingReassignment', 'BookingSeriesOccurrence', 'CalendarCapacity', 'CalendarCount', 'CalendarDay', 'CalendarDayStep',
          'CalendarDayVersion', 'CalendarVersions', 'GroupSessionConflict', 'PlannedShift', 'PublicHoliday', 'ShiftAbsence',
          'ShiftCalendar', 'ShiftCalendarTotal', 'StaffDayShift', 'StaffShiftCalendar', 'StaffShiftDay', 'WaitlistPlace',
          'WorkingTime',
        ],
      },
    }],
    // Off is only that a list may hold nothing but edges: `userErrors`, `opening`, `tags` are lists of values that nobody
    // pages through, and `nodes` is a connection's shorthand. Edges themselves are held to every rule.
    '@graphql-eslint/relay-edge-types': ['error', {
      withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false,
    }],
    // Conventions of ours: one `input` of the mutation's own type; what fails alone is null alone.
    '@graphql-eslint/input-name': ['error', { checkInputType: true, caseSensitiveInputType: false, checkQueries: false, checkMutations: true }],
    '@graphql-eslint/require-nullable-result-in-root': 'error',
  } },
  { files: ['web/conformance/operations/*.graphql'], languageOptions, plugins: { '@graphql-eslint': graphql }, rules: {
    ...graphql.configs['flat/operations-recommended'].rules,
  } },
];
