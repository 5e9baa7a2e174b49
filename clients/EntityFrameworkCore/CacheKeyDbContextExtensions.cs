using LastMile.Events.EntityFrameworkCore.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore;

/// <summary>Returns the exact text of the keys and tags that purges drop, for readers of the cache.</summary>
/// <remarks>
/// A key shows the column's text, which often differs from <c>$"product:{value}"</c>: <c>true</c> instead of True for a boolean, two
/// fractional digits for a <c>numeric(12,2)</c>, the stored form of an enum or a typed id, and the same text in every culture. A reader
/// that gets its keys here can't miss a purge because it writes the text differently. docs/capture.md lists the text forms.
/// </remarks>
public static class CacheKeyDbContextExtensions
{
    /// <summary>Returns the key of a <c>PurgesKey</c> rule for given values.</summary>
    /// <typeparam name="TEntity">The entity that declares the rule, or a type derived from it.</typeparam>
    /// <param name="context">The context whose model declares the rule.</param>
    /// <param name="template">The declared template, such as <c>product:{Id}</c>.</param>
    /// <param name="values">A value of the property's type for each placeholder, in the order of their first appearance.</param>
    /// <exception cref="InvalidOperationException">No rule declares the template.</exception>
    /// <exception cref="ArgumentException">A value is missing, null or of another type.</exception>
    public static string CacheKey<TEntity>(this DbContext context, string template, params object?[] values)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(context);
        var entities = context.Model.FindEntityTypes(typeof(TEntity));
        return RuleLookup.Find(entities, typeof(TEntity).Name, "PurgesKey", keys => keys.Keys, template).Render(values);
    }

    /// <inheritdoc cref="CacheKey{TEntity}" />
    /// <param name="context">The context whose model declares the rule.</param>
    /// <param name="entity">The entity type, for example if several entity types have the same class.</param>
    /// <param name="template">The declared template, such as <c>product:{Id}</c>.</param>
    /// <param name="values">A value of the property's type for each placeholder, in the order of their first appearance.</param>
    public static string CacheKey(this DbContext context, IEntityType entity, string template, params object?[] values)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(entity);
        return RuleLookup.Find([entity], entity.DisplayName(), "PurgesKey", keys => keys.Keys, template).Render(values);
    }

    /// <summary>Returns the tag of a <c>PurgesTag</c> rule for given values.</summary>
    /// <inheritdoc cref="CacheKey{TEntity}" />
    public static string CacheTag<TEntity>(this DbContext context, string template, params object?[] values)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(context);
        var entities = context.Model.FindEntityTypes(typeof(TEntity));
        return RuleLookup.Find(entities, typeof(TEntity).Name, "PurgesTag", keys => keys.Tags, template).Render(values);
    }

    /// <summary>Returns the tag of a <c>PurgesTag</c> rule for given values.</summary>
    /// <inheritdoc cref="CacheKey(DbContext, IEntityType, string, object[])" />
    public static string CacheTag(this DbContext context, IEntityType entity, string template, params object?[] values)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(entity);
        return RuleLookup.Find([entity], entity.DisplayName(), "PurgesTag", keys => keys.Tags, template).Render(values);
    }

    /// <summary>Returns all keys that a change of the loaded entity purges. A rule with a null value has no key.</summary>
    /// <param name="context">The context whose model declares the rules.</param>
    /// <param name="entity">The entity, tracked or not.</param>
    /// <exception cref="InvalidOperationException">
    /// The object is not an entity of the context, or it lacks a value that a rule shows: its reference is not loaded, or its property is a
    /// shadow property and the entity is not tracked.
    /// </exception>
    public static IReadOnlyList<string> CacheKeys(this DbContext context, object entity) => All(context, entity, keys => keys.Keys);

    /// <summary>
    /// Returns all tags that a change of the loaded entity purges, except the entity's own tag (<see cref="EntityTag{TEntity}"/>).
    /// </summary>
    /// <inheritdoc cref="CacheKeys" />
    public static IReadOnlyList<string> CacheTags(this DbContext context, object entity) => All(context, entity, keys => keys.Tags);

    /// <summary>
    /// Returns the tag of all rows of an entity: its name, which <c>HasPurgeName</c> can set. A change whose rows the trigger does not
    /// know, such as <c>TRUNCATE</c>, purges it.
    /// </summary>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <param name="context">The context whose model has the entity.</param>
    /// <exception cref="InvalidOperationException">
    /// The class is not an entity of the context, or several entity types with different names have this class.
    /// </exception>
    public static string EntityTag<TEntity>(this DbContext context)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(context);
        var names = context.Model.FindEntityTypes(typeof(TEntity))
            .Select(entity => EntityKeys.Of(entity).Name)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return names is [var name]
            ? name
            : throw new InvalidOperationException(names.Count == 0
                ? $"{typeof(TEntity).Name} is not the class of an entity type of {context.GetType().Name}."
                : $"{typeof(TEntity).Name} is the class of entity types of {context.GetType().Name} with several names: "
                    + $"{string.Join(", ", names)}.");
    }

    /// <summary>
    /// Returns the values that the entity's purge rules show, for <c>EntityChanged.Values</c> and <c>PreviousValues</c> of a change that no
    /// trigger captures.
    /// </summary>
    /// <inheritdoc cref="CacheKeys" />
    public static IReadOnlyDictionary<string, string?> PurgeValues(this DbContext context, object entity)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(entity);
        return Keys.PurgeValues.Of(context, entity);
    }

    private static List<string> All(DbContext context, object entity, Func<EntityKeys, IReadOnlyDictionary<string, RuleTemplate>> templates)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(entity);
        return
        [
            .. templates(EntityKeys.Of(context, entity)).Values
                .Select(template => template.Render(context, entity))
                .OfType<string>()
                .Distinct(StringComparer.Ordinal),
        ];
    }
}
