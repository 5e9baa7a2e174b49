using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Stores the rules that the builders declare.</summary>
internal static class PurgeRuleDeclarer
{
    public static void Declare(IMutableEntityType entity, string annotation, string[] declared)
    {
        if (declared.Contains(null!))
            throw new ArgumentNullException(nameof(declared));

        PurgeRuleConventions.ThrowUnlessOn(entity.Model, entity.DisplayName());
        PurgeRuleAnnotations.Append(entity, annotation, declared);
    }

    public static void DeclareName(IMutableEntityType entity, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Any(char.IsControl))
        {
            throw new ArgumentException(
                "The name contains a control character. The name is also a tag, and tags can't contain one.", nameof(name));
        }

        PurgeRuleConventions.ThrowUnlessOn(entity.Model, entity.DisplayName());
        entity.SetAnnotation(PurgeRuleAnnotations.Name, name);
    }

    public static void DeclareStrict(IMutableEntityType entity)
    {
        PurgeRuleConventions.ThrowUnlessOn(entity.Model, entity.DisplayName());
        entity.SetAnnotation(PurgeRuleAnnotations.Strict, true);
    }
}
