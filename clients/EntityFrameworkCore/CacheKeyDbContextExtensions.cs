using LastMile.Events.EntityFrameworkCore.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore;

/// <summary>Returns the keys and tags that purges drop, character for character, for readers of the cache.</summary>
/// <remarks>
/// A key shows the column's text, which often differs from what <c>$"product:{value}"</c> writes: <c>true</c> and not True for a boolean,
/// two fractional digits for a <c>numeric(12,2)</c>, the stored form of an enum or a typed id, and the same text in every culture. A reader
/// that takes its keys from here cannot miss a purge because it writes a value in another way. docs/capture.md lists the forms.
/// </remarks>
public static class CacheKeyDbContextExtensions
{
    /// <summary>Returns the key of a rule that <c>PurgesKey</c> declares, for given values.</summary>
    /// <typeparam name="TEntity">The entity that declares the rule, or one derived from it.</typeparam>
    /// <param name="context">The context whose model declares it.</param>
    /// <param name="template">The template as it was declared, such as <c>product:{Id}</c>.</param>
    /// <param name="values">A value for each placeholder, of its property's type, in the order of their first appearance.</param>
    /// <exception cref="InvalidOperationException">No rule declares the template.</exception>
    /// <exception cref="ArgumentException">A value is missing, null or of another type.</exception>
    public static string CacheKey<TEntity>(this DbContext context, string template, params object?[] values)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(context);
        return RuleLookup.Find(context.Model.FindEntityTypes(typeof(TEntity)), typeof(TEntity).Name, "PurgesKey", keys => keys.Keys, template).Render(values);
    }

    /// <inheritdoc cref="CacheKey{TEntity}" />
    /// <param name="context">The context whose model declares it.</param>
    /// <param name="entity">The entity type, as where several have the same class.</param>
    /// <param name="template">The template as it was declared, such as <c>product:{Id}</c>.</param>
    /// <param name="values">A value for each placeholder, of its property's type, in the order of their first appearance.</param>
    public static string CacheKey(this DbContext context, IEntityType entity, string template, params object?[] values)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(entity);
        return RuleLookup.Find([entity], entity.DisplayName(), "PurgesKey", keys => keys.Keys, template).Render(values);
    }

    /// <summary>Returns the tag of a rule that <c>PurgesTag</c> declares, for given values.</summary>
    /// <inheritdoc cref="CacheKey{TEntity}" />
    public static string CacheTag<TEntity>(this DbContext context, string template, params object?[] values)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(context);
        return RuleLookup.Find(context.Model.FindEntityTypes(typeof(TEntity)), typeof(TEntity).Name, "PurgesTag", keys => keys.Tags, template).Render(values);
    }

    /// <summary>Returns the tag of a rule that <c>PurgesTag</c> declares, for given values.</summary>
    /// <inheritdoc cref="CacheKey(DbContext, IEntityType, string, object[])" />
    public static string CacheTag(this DbContext context, IEntityType entity, string template, params object?[] values)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(entity);
        return RuleLookup.Find([entity], entity.DisplayName(), "PurgesTag", keys => keys.Tags, template).Render(values);
    }

    /// <summary>Returns all keys that a change of an entity purges, as it is loaded. A rule in which a value is null has none.</summary>
    /// <param name="context">The context whose model declares the rules.</param>
    /// <param name="entity">The entity, tracked or not.</param>
    /// <exception cref="InvalidOperationException">
    /// It is no entity of the context, or it does not hold a value that a rule shows: a reference that is not loaded, or a shadow property
    /// of an entity that is not tracked.
    /// </exception>
    public static IReadOnlyList<string> CacheKeys(this DbContext context, object entity) => All(context, entity, keys => keys.Keys);

    /// <summary>
    /// Returns all tags that a change of an entity purges, as it is loaded, without that of its name, which <see cref="EntityTag{TEntity}"/> returns.
    /// </summary>
    /// <inheritdoc cref="CacheKeys" />
    public static IReadOnlyList<string> CacheTags(this DbContext context, object entity) => All(context, entity, keys => keys.Tags);

    /// <summary>
    /// Returns the tag that stands for all of an entity: its name, as <c>HasPurgeName</c> sets it. A change whose rows no trigger knows, such
    /// as <c>TRUNCATE</c>, purges it.
    /// </summary>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <param name="context">The context whose model has the entity.</param>
    /// <exception cref="InvalidOperationException">It is no entity of the context, or its class is that of several with different names.</exception>
    public static string EntityTag<TEntity>(this DbContext context)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(context);
        var names = context.Model.FindEntityTypes(typeof(TEntity)).Select(entity => EntityKeys.Of(entity).Name).Distinct(StringComparer.Ordinal).ToList();
        return names is [var name]
            ? name
            : throw new InvalidOperationException(
                $"{typeof(TEntity).Name} is the class of {(names.Count == 0 ? "no entity type" : $"entity types with several names ({string.Join(", ", names)})")} of {context.GetType().Name}.");
    }

    /// <summary>
    /// Returns the values that the purge rules of an entity show, for <c>EntityChanged.Values</c> and <c>PreviousValues</c>: published for a
    /// change that no trigger captures.
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
        return [.. templates(EntityKeys.Of(context, entity)).Values.Select(template => template.Render(context, entity)).OfType<string>().Distinct(StringComparer.Ordinal)];
    }
}
