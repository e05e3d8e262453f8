#include "tests/peers/products.h"

#include <inttypes.h>
#include <string.h>

#include "node/text.h"
#include "tests/peers/csv.h"
#include "tests/peers/random.h"

#define WORDS_MAX 10

/* What is sold by what measure: the sizes are net contents in 1/1000 of the unit. */
struct measure {
	const char *unit; /* kg, l or piece */
	const char *sold_by;
	int64_t sizes_milli[4];
};

enum { DRY, DRINK, FRESH, COUNT, SMALL };
static const struct measure measures[] = {
	[DRY] = {"kg", "piece", {250, 400, 500, 1000}},
	[DRINK] = {"l", "piece", {330, 500, 1000, 1500}},
	[FRESH] = {"kg", "weight", {1000, 1000, 1000, 1000}},
	[COUNT] = {"piece", "piece", {1000, 4000, 6000, 10000}},
	[SMALL] = {"kg", "piece", {50, 85, 125, 200}},
};

/* A shelf of the shop: the same order in every language. Prices are for one kg, l or piece. */
struct shelf {
	const char *category;
	unsigned measure;
	int64_t price_first_milli, price_last_milli;
};

static const struct shelf shelves[] = {
	{"Dairy", SMALL, 6000, 24000},
	{"Drinks", DRINK, 800, 6500},
	{"Bakery", COUNT, 250, 1200},
	{"Fruit and vegetables", FRESH, 900, 7900},
	{"Pantry", DRY, 1400, 16000},
	{"Household", COUNT, 200, 2400},
};
#define SHELVES BR_ARRAY_LEN(shelves)

struct tongue {
	const char *lang, *origin;
	bool kind_first; /* the noun stands before the word that tells the kind */
	const char *nouns[SHELVES][WORDS_MAX];
	const char *kinds[WORDS_MAX];
	const char *brands[5];
};

static const struct tongue tongues[] = {
	{"en", "United Kingdom", false,
		{{"Butter", "Cheddar", "Yoghurt", "Cream Cheese", "Goat Cheese", "Feta",
			 "Mozzarella", "Cottage Cheese"},
			{"Apple Juice", "Ginger Beer", "Mineral Water", "Lemonade", "Oat Drink",
				"Cold Brew Coffee", "Whole Milk", "Cider"},
			{"Crumpets", "Bagels", "Scones", "Muffins", "Bread Rolls", "Pretzels",
				"Waffles", "Tea Cakes"},
			{"Apples", "Carrots", "Tomatoes", "Plums", "Potatoes", "Red Onions",
				"Pears", "Parsnips"},
			{"Porridge Oats", "Basmati Rice", "Lentils", "Wholemeal Flour", "Muesli",
				"Chickpeas", "Ground Coffee", "Spaghetti"},
			{"Sponges", "Bin Liners", "Candles", "Clothes Pegs", "Light Bulbs",
				"Paper Towels", "Matches", "Batteries"}},
		{"Organic", "Farmhouse", "Mild", "Extra Fine", "Traditional", "Free Range",
			"Coastal", "Golden", "Smoked", "Everyday"},
		{"Harbour & Vale", "Thistle", "Mill Lane", "Old Orchard", "Wren"}},
	{"de", "Deutschland", false,
		{{"Butterkäse", "Frischkäse", "Kräuterquark", "Joghurt", "Bergkäse",
			 "Süßrahmbutter", "Schmand", "Mascarpone"},
			{"Apfelschorle", "Traubensaft", "Mineralwasser", "Weißbier", "Haferdrink",
				"Heumilch", "Holunderlimonade", "Eistee"},
			{"Brötchen", "Laugenstangen", "Krapfen", "Hörnchen", "Roggenbrötchen",
				"Zwiebäcke", "Lebkuchen", "Brezeln"},
			{"Äpfel", "Möhren", "Kürbis", "Zwetschgen", "Kartoffeln", "Rote Bete",
				"Birnen", "Weißkohl"},
			{"Haferflocken", "Grünkern", "Müsli", "Vollkornmehl", "Spätzle", "Linsen",
				"Röstkaffee", "Nussmischung"},
			{"Müllbeutel", "Spülbürsten", "Kerzen", "Wäscheklammern", "Glühlampen",
				"Küchentücher", "Streichhölzer", "Schwämme"}},
		{"Bio", "Feine", "Würzige", "Echte", "Gute", "Fränkische", "Frische", "Kräftige",
			"Milde", "Große"},
		{"Höfer & Söhne", "Grünland", "Bäckerei Groß", "Almhütte", "Küstenmühle"}},
	{"es", "España", true,
		{{"Queso", "Yogur", "Mantequilla", "Requesón", "Nata", "Cuajada", "Queso de oveja",
			 "Flan"},
			{"Zumo de naranja", "Agua mineral", "Gaseosa", "Horchata", "Leche", "Sidra",
				"Té helado", "Mosto"},
			{"Magdalenas", "Empanadas", "Bollos", "Croquetas", "Rosquillas",
				"Panecillos", "Churros", "Ensaimadas"},
			{"Limones", "Piñas", "Cebollas", "Champiñones", "Melocotones",
				"Calabacines", "Peras", "Higos"},
			{"Arroz", "Garbanzos", "Café molido", "Harina", "Lentejas", "Azúcar",
				"Fideos", "Almendras"},
			{"Servilletas", "Pinzas", "Velas", "Bombillas", "Esponjas",
				"Bolsas de basura", "Cerillas", "Pilas"}},
		{"de montaña", "clásico", "ecológico", "suave", "del señorío", "añejo",
			"de la huerta", "fino", "casero", "de siempre"},
		{"Peñalara", "La Huerta", "Doña Inés", "El Cañaveral", "Sol y Sal"}},
	{"ru", "Казахстан", false,
		{{"сыр", "творог", "йогурт", "кефир", "масло", "сырок", "брынза", "ряженка"},
			{"сок яблочный", "квас", "морс", "лимонад", "напиток овсяный", "компот",
				"вода минеральная", "молоко"},
			{"пирожок", "батон", "сухарик", "пряник", "калач", "крендель", "блинчик",
				"рулетик"},
			{"картофель", "лук", "чеснок", "виноград", "перец", "арбуз", "щавель",
				"крыжовник"},
			{"рис", "горох", "мёд", "изюм", "кофе молотый", "чай", "сахар", "ячмень"},
			{"веник", "фонарик", "коврик", "ёршик", "пакет", "светильник", "мел",
				"ключ"}},
		{"Домашний", "Деревенский", "Нежный", "Южный", "Свежий", "Особый", "Лесной",
			"Золотой", "Царский", "Объёмный"},
		{"Берёзка", "Три щуки", "Северный край", "Бабушкин двор", "Жемчужина"}},
	{"uk", "Україна", false,
		{{"сир", "кефір", "йогурт", "сирок", "вершковий сир", "м'який сир", "десерт",
			 "мус"},
			{"сік яблучний", "узвар", "квас", "лимонад", "напій вівсяний",
				"чай холодний", "компот", "сироп"},
			{"пиріжок", "хліб", "коровай", "бублик", "пряник", "рогалик", "млинець",
				"калач"},
			{"гарбуз", "часник", "виноград", "перець", "огірок", "буряк", "щавель",
				"кавун"},
			{"рис", "мед", "горох", "цукор", "чай", "ячмінь", "мак",
				"родзинковий мікс"},
			{"ліхтарик", "віник", "килимок", "пакет", "ґудзик", "рушник", "сірник",
				"гачок"}},
		{"Домашній", "Ніжний", "Свіжий", "Їстівний", "Щедрий", "Особливий", "Київський",
			"Лісовий", "Справжній", "Південний"},
		{"Калинів двір", "Щедрик", "Золота Їжа", "Ґанок", "Смерека"}},
	{"el", "Ελλάδα", true,
		{{"Φέτα", "Γιαούρτι", "Γραβιέρα", "Μυζήθρα", "Κεφαλοτύρι", "Βούτυρο", "Ανθότυρο",
			 "Κασέρι"},
			{"Χυμός πορτοκάλι", "Λεμονάδα", "Μεταλλικό νερό", "Βυσσινάδα",
				"Τσάι του βουνού", "Γάλα", "Πορτοκαλάδα", "Σουμάδα"},
			{"Κουλούρια", "Τυροπιτάκια", "Παξιμάδια", "Τσουρέκια", "Μελομακάρονα",
				"Σπανακοπιτάκια", "Λουκουμάδες", "Ψωμάκια"},
			{"Ελιές", "Ντομάτες", "Αγγούρια", "Πορτοκάλια", "Σύκα", "Ρόδια",
				"Μελιτζάνες", "Κολοκυθάκια"},
			{"Ρύζι", "Φασόλια", "Κριθαράκι", "Μέλι", "Ρεβίθια", "Αλεύρι", "Ρίγανη",
				"Καφές"},
			{"Κεριά", "Χαρτοπετσέτες", "Σφουγγάρια", "Μανταλάκια", "Σακούλες",
				"Λαμπτήρες", "Σπίρτα", "Κουρτινόξυλα"}},
		{"Ηπείρου", "χωριάτικο", "βιολογικό", "Κρήτης", "παραδοσιακό", "εκλεκτό", "Θάσου",
			"ώριμο", "αγνό", "Ύδρας"},
		{"Ψηλορείτης", "Αιγαίο", "Ελιά & Ήλιος", "Το Χωριό", "Άνθος"}},
	{"fa", "ایران", true,
		{{"پنیر", "ماست", "کره", "دوغ غلیظ", "خامه", "کشک", "پنیر لیقوان", "بستنی"},
			{"آب انار", "شربت آلبالو", "دوغ", "آب معدنی", "شیر", "نوشابه", "عرق نعنا",
				"چای سرد"},
			{"نان بربری", "نان سنگک", "کلوچه", "نان شیرمال", "شیرینی", "کیک یزدی",
				"باقلوا", "نان لواش"},
			{"سیب", "انار", "خیار", "بادمجان", "گوجه‌فرنگی", "پیاز", "انگور",
				"هندوانه"},
			{"برنج", "چای", "عدس", "لوبیا", "پسته", "زعفران", "خرما", "رشته"},
			{"شمع", "کبریت", "دستمال", "لامپ", "کیسه", "جارو", "گیره", "اسفنج"}},
		{"محلی", "تازه", "ویژه", "ممتاز", "سنتی", "خانگی", "شیراز", "گیلان", "اعلا",
			"کوهستان"},
		{"گلستان", "چشمه", "ژاله", "پگاه", "دماوند"}},
};

/* How many of the eight nouns and so on are filled in. */
#define NOUNS 8
#define KINDS 10

/*
 * Walks tongue, shelf, noun and kind so that neighbours differ in all of them and no name comes
 * twice before tongues × shelves × nouns × kinds products were made.
 */
static void name_make(uint64_t index, struct peer_product *product, const struct shelf **ret_shelf)
{
	const struct tongue *tongue = &tongues[index % BR_ARRAY_LEN(tongues)];
	uint64_t rest = index / BR_ARRAY_LEN(tongues);
	size_t shelf = rest % SHELVES;
	uint64_t step = rest / SHELVES;
	const char *noun = tongue->nouns[shelf][step % NOUNS];
	const char *kind = tongue->kinds[(step / NOUNS + step) % KINDS];
	uint64_t round = step / (NOUNS * KINDS);
	size_t n;

	br_assert(noun != NULL && kind != NULL);
	n = (size_t)snprintf(product->name, sizeof(product->name), "%s %s",
		tongue->kind_first ? noun : kind, tongue->kind_first ? kind : noun);
	if (round > 0)
		n += (size_t)snprintf(
			product->name + n, sizeof(product->name) - n, " No. %" PRIu64, round + 1);
	br_assert(n < sizeof(product->name));
	(void)snprintf(product->lang, sizeof(product->lang), "%s", tongue->lang);
	(void)snprintf(product->origin, sizeof(product->origin), "%s", tongue->origin);
	(void)snprintf(product->brand, sizeof(product->brand), "%s",
		tongue->brands[(index / 3) % BR_ARRAY_LEN(tongue->brands)]);
	*ret_shelf = &shelves[shelf];
	(void)snprintf(product->category, sizeof(product->category), "%s", (*ret_shelf)->category);
}

/* Prices end as prices do: on 9, 5 or 0 in the last place. */
static int64_t price_round(int64_t milli)
{
	static const int64_t ends[] = {90, 90, 90, 50, 0};
	int64_t tenth = milli / 100 * 100 + ends[(size_t)(milli / 7 % 5)];

	return tenth >= 290 ? tenth : 390;
}

void peer_product_make(
	uint64_t seed, uint64_t index, const char *currency, struct peer_product *ret_product)
{
	struct peer_product product = {.content_milli = 0};
	const struct shelf *shelf;
	const struct measure *measure;
	struct peer_random random;
	int64_t per_unit;

	br_assert(index < PEER_PRODUCTS_MAX);
	peer_random_init(&random, seed, 1000 + index);
	(void)snprintf(product.sku, sizeof(product.sku), "A%06" PRIu64, index + 1);
	peer_gtin_restricted(PEER_PRODUCTS_GTIN_FIRST + index, product.gtin);
	name_make(index, &product, &shelf);
	measure = &measures[shelf->measure];
	(void)snprintf(product.sold_by, sizeof(product.sold_by), "%s", measure->sold_by);
	(void)snprintf(product.currency, sizeof(product.currency), "%.3s", currency);
	per_unit = peer_random_range(&random, shelf->price_first_milli, shelf->price_last_milli);
	/* What is weighed at the counter has no content of its own: its price is for one kg. */
	if (strcmp(measure->sold_by, "weight") == 0) {
		product.price_milli = price_round(per_unit);
	} else {
		product.content_milli = measure->sizes_milli[peer_random_below(
			&random, BR_ARRAY_LEN(measure->sizes_milli))];
		(void)snprintf(
			product.content_unit, sizeof(product.content_unit), "%s", measure->unit);
		product.price_milli = price_round(per_unit * product.content_milli / 1000);
	}
	*ret_product = product;
}

void peer_product_csv_head(FILE *file)
{
	(void)fputs(
		"sku,name,lang,brand,gtins,sold_by,content,content_unit,price,currency,category,"
		"origin\n",
		file);
}

static void milli_write(FILE *file, int64_t milli)
{
	struct br_text text;

	br_text_init(&text, 64);
	br_text_add_milli(&text, milli);
	(void)fwrite(text.bytes, 1, text.n, file);
	br_text_finish(&text);
}

void peer_product_csv(FILE *file, const struct peer_product *product)
{
	const char *const before[] = {product->sku, product->name, product->lang, product->brand,
		product->gtin, product->sold_by};

	for (size_t i = 0; i < BR_ARRAY_LEN(before); i++) {
		peer_csv_write(file, br_str_from(before[i]));
		(void)fputc(',', file);
	}
	if (product->content_milli > 0)
		milli_write(file, product->content_milli);
	(void)fprintf(file, ",%s,", product->content_unit);
	milli_write(file, product->price_milli);
	(void)fprintf(file, ",%s,", product->currency);
	peer_csv_write(file, br_str_from(product->category));
	(void)fputc(',', file);
	peer_csv_write(file, br_str_from(product->origin));
	(void)fputc('\n', file);
}
