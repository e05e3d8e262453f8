/* What can be asked about how the store works: its policies. */
#include "node/policy.h"
#include "node/stock_policy.h"
#include "web-ui/query.h"

BR_WEB_QUERY(policy_get)
{
	struct br_policy policy = br_policy_get_all(view->txn, view->arena);

	(void)args;
	(void)refusal;
	br_assert(policy.code_tries > 0);
	br_json_out_object(out, NULL);
	br_record_to_json(&br_policy_shape, &policy, out);
	br_json_out_end(out);
	return 0;
}

/* As the command stock.policy has it, so that what is read can be sent. */
static bool stock_policy_write(void *context, enum br_policy_scope scope, struct br_str key,
	const struct br_stock_kept *kept)
{
	struct br_json_out *out = context;

	br_assert(scope <= BR_SCOPE_SKU);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "scope", br_policy_scope_words[scope]);
	if (key.n > 0)
		br_json_out_string(out, "key", key);
	br_json_out_milli(out, "safety", kept->safety);
	br_json_out_array(out, "buffers");
	for (unsigned i = 0; i < BR_CHANNEL_N; i++) {
		if (kept->buffers[i] == 0)
			continue;
		br_json_out_object(out, NULL);
		br_json_out_puts(out, "channel", br_channel_words[i]);
		br_json_out_milli(out, "quantity", kept->buffers[i]);
		br_json_out_end(out);
	}
	br_json_out_end(out);
	br_json_out_end(out);
	return br_text_error(out->text) == 0;
}

BR_WEB_QUERY(stock_policy_list)
{
	br_assert(args != NULL);
	(void)refusal;
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	br_stock_policy_walk(view->txn, stock_policy_write, out);
	br_json_out_end(out);
	br_json_out_end(out);
	return 0;
}
