using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Keys;

/// <summary>The key and tag rules of an entity type and its base types.</summary>
internal sealed class EntityKeys
{
    private readonly Lazy<string> name;

    private EntityKeys(IEntityType entity)
    {
        var declared = entity.GetAllBaseTypesInclusive().Select(DeclaredRules.Of).ToList();
        Keys = Templates(declared, rules => rules.Keys);
        Tags = Templates(declared, rules => rules.Tags);
        name = new Lazy<string>(() => EntityNames.InRules(EntityTables.MainTypeOf(entity)));
    }

    /// <summary>The key rules, by template.</summary>
    public IReadOnlyDictionary<string, RuleTemplate> Keys { get; }

    /// <summary>The tag rules, by template.</summary>
    public IReadOnlyDictionary<string, RuleTemplate> Tags { get; }

    /// <summary>The entity's name in purge rules and messages.</summary>
    public string Name => name.Value;

    /// <summary>Returns the rules of an entity type; the model caches them.</summary>
    public static EntityKeys Of(IEntityType entity) =>
        entity.GetOrAddRuntimeAnnotationValue("LastMile:EntityKeys", static declaring => new EntityKeys(declaring!), entity);

    /// <summary>Returns the rules of an entity's type.</summary>
    /// <exception cref="InvalidOperationException">The context has no entity type of the entity's class, or more than one.</exception>
    public static EntityKeys Of(DbContext context, object entity) => Of(TypeOf(context, entity));

    /// <summary>Returns the entity type of an entity.</summary>
    /// <exception cref="InvalidOperationException">The context has no entity type of the entity's class, or more than one.</exception>
    public static IEntityType TypeOf(DbContext context, object entity) =>
        context.Model.FindRuntimeEntityType(entity.GetType()) ?? throw new InvalidOperationException(
            $"{entity.GetType().Name} is not the class of exactly one entity type of {context.GetType().Name}. "
                + "Pass the entity type and the values to CacheKey or CacheTag.");

    private static Dictionary<string, RuleTemplate> Templates(List<DeclaredRules> declared, Func<DeclaredRules, string[]> templates) =>
        declared.SelectMany(rules => templates(rules).Select(template => (rules.Entity, Template: template)))
            .DistinctBy(rule => rule.Template, StringComparer.Ordinal)
            .ToDictionary(rule => rule.Template, rule => new RuleTemplate(rule.Entity, rule.Template), StringComparer.Ordinal);
}
