from django.db import migrations

# A promotion's version is raised by every change, its list of goods included, and what it said is kept.
TRIGGERS = """
CREATE FUNCTION promotion_raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW IS DISTINCT FROM OLD AND NEW.version = OLD.version THEN
        NEW.version = OLD.version + 1;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER promotion_raise_version BEFORE UPDATE ON promotions_promotion
    FOR EACH ROW EXECUTE FUNCTION promotion_raise_version();

CREATE FUNCTION promotion_keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO promotions_promotionversion (promotion_id, version, terms, since)
    VALUES (NEW.id, NEW.version, to_jsonb(NEW) || jsonb_build_object(
        'products', (SELECT coalesce(jsonb_agg(product_id ORDER BY product_id), '[]')
                     FROM promotions_promotion_products WHERE promotion_id = NEW.id),
        'variants', (SELECT coalesce(jsonb_agg(variant_id ORDER BY variant_id), '[]')
                     FROM promotions_promotion_variants WHERE promotion_id = NEW.id)), clock_timestamp())
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER promotion_keep_version AFTER INSERT OR UPDATE ON promotions_promotion
    FOR EACH ROW EXECUTE FUNCTION promotion_keep_version();
CREATE TRIGGER promotion_version_append_only BEFORE UPDATE OR DELETE ON promotions_promotionversion
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION promotion_goods_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE promotions_promotion p SET version = version + 1, is_scoped =
        EXISTS (SELECT FROM promotions_promotion_products x WHERE x.promotion_id = p.id)
        OR EXISTS (SELECT FROM promotions_promotion_variants x WHERE x.promotion_id = p.id)
    WHERE p.id IN (SELECT promotion_id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER promotion_goods_added AFTER INSERT ON promotions_promotion_products
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION promotion_goods_changed();
CREATE TRIGGER promotion_goods_removed AFTER DELETE ON promotions_promotion_products
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION promotion_goods_changed();
CREATE TRIGGER promotion_goods_added AFTER INSERT ON promotions_promotion_variants
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION promotion_goods_changed();
CREATE TRIGGER promotion_goods_removed AFTER DELETE ON promotions_promotion_variants
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION promotion_goods_changed();

UPDATE promotions_promotion p SET is_scoped = true
WHERE EXISTS (SELECT FROM promotions_promotion_products x WHERE x.promotion_id = p.id);
INSERT INTO promotions_promotionversion (promotion_id, version, terms, since)
SELECT id, version, to_jsonb(p), clock_timestamp() FROM promotions_promotion p ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    dependencies = [("promotions", "0003_kinds_and_levels"), ("timeline", "0002_append_only")]
    operations = [migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop)]
