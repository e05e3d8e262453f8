/* What can be asked about how the store works: its policy. */
#include "node/policy.h"
#include "web-ui/query.h"

BR_WEB_QUERY(policy_get)
{
	struct br_policy policy = br_policy_get(view->txn);

	(void)args;
	(void)refusal;
	br_assert(policy.code_tries > 0);
	br_json_out_object(out, NULL);
	br_record_to_json(&br_policy_shape, &policy, out);
	br_json_out_end(out);
	return 0;
}
