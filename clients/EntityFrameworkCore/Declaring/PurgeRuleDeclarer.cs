using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Writes down what the builders declare.</summary>
internal static class PurgeRuleDeclarer
{
    public static void Declare(IMutableEntityType entity, string annotation, string[] declared)
    {
        if (declared.Contains(null!))
            throw new ArgumentNullException(nameof(declared));

        PurgeRuleConventions.ThrowUnlessOn(entity.Model, entity.DisplayName());
        PurgeRuleAnnotations.Append(entity, annotation, declared);
    }

    public static void DeclareStrict(IMutableEntityType entity)
    {
        PurgeRuleConventions.ThrowUnlessOn(entity.Model, entity.DisplayName());
        entity.SetAnnotation(PurgeRuleAnnotations.Strict, true);
    }
}
